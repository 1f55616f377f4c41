# Compile settings and the functions that declare a room.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

add_library(weir_flags INTERFACE)
target_compile_options(weir_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wno-sign-conversion -Wnon-virtual-dtor -Werror -march=x86-64-v2)
# GCC 12 reports these falsely in optimised code of std::optional, std::variant and std::string.
target_compile_options(weir_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict
  -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread -Wno-free-nonheap-object)
target_include_directories(weir_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

# weir_room(<name> [DEPENDS <room or library>…] [TEST_DEPENDS …])
#   weir_<name>            every .cc of the folder that is not a test
#   weir_<name>_test       every *_test.cc, when there is one (WEIR_TESTS)
#   weir_<name>_link_test  the whole archive linked with only its declared neighbours: an undeclared
#                          dependency fails here even when the final program would link (WEIR_TESTS).
function(weir_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$|_main\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(weir_${name} STATIC ${sources})
  target_link_libraries(weir_${name} PUBLIC weir_flags ${ROOM_DEPENDS})
  if(NOT WEIR_TESTS)
    return()
  endif()
  if(tests)
    add_executable(weir_${name}_test ${tests})
    target_include_directories(weir_${name}_test PRIVATE ${CMAKE_SOURCE_DIR})  # "tests/support/…"
    target_link_libraries(weir_${name}_test PRIVATE weir_${name} ${ROOM_TEST_DEPENDS}
      GTest::gtest GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND weir_${name}_test)
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "WEIR_SOURCE_DIR=${CMAKE_SOURCE_DIR}" TIMEOUT 300)
  endif()
  weir_link_test(${name} "${ROOM_DEPENDS}")
endfunction()

function(weir_link_test name depends)
  set(main ${CMAKE_BINARY_DIR}/link_test_main.cc)
  if(NOT EXISTS ${main})
    file(WRITE ${main} "int main() { return 0; }\n")
  endif()
  add_executable(weir_${name}_link_test ${main})
  target_link_libraries(weir_${name}_link_test PRIVATE
    "$<LINK_LIBRARY:WHOLE_ARCHIVE,weir_${name}>" ${depends})
endfunction()

# weir_proto(<name> <file.proto>…): a library of generated messages, compiled without our warnings.
# Include as "<folder>/<file>.pb.h".
function(weir_proto name)
  set(outputs)
  foreach(file IN LISTS ARGN)
    file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    string(REGEX REPLACE "\\.proto$" "" stem ${relative})
    set(out ${CMAKE_BINARY_DIR}/proto/${stem})
    add_custom_command(OUTPUT ${out}.pb.cc ${out}.pb.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/proto
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR}/src
              --cpp_out=${CMAKE_BINARY_DIR}/proto ${CMAKE_CURRENT_SOURCE_DIR}/${file}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} VERBATIM)
    list(APPEND outputs ${out}.pb.cc ${out}.pb.h)
  endforeach()
  add_library(${name} STATIC ${outputs})
  set_target_properties(${name} PROPERTIES CXX_STANDARD 20)
  target_compile_options(${name} PRIVATE -w)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/proto)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf)
endfunction()
