#pragma once
// Waiting for the operating system to ask the program to end.

namespace weir {

/// Blocks SIGTERM and SIGINT for this thread and all started later. Call first in main.
void block_termination_signals();
/// Returns when SIGTERM or SIGINT arrives. A second one while stopping ends the process at once.
void wait_for_termination();

}  // namespace weir
