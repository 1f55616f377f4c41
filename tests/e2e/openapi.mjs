// Holds a value against a schema of docs/reference/openapi.json. Only the words that file uses; an
// unknown word is an error, so that nothing in it goes unchecked. Fields that the description does
// not name are errors too: the console's types would not know them.
const KNOWN = new Set([
  "$ref",
  "type",
  "enum",
  "const",
  "oneOf",
  "items",
  "required",
  "properties",
  "additionalProperties",
  "format",
  "description",
]);

const typeOf = (value) =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : Number.isInteger(value)
        ? "integer"
        : typeof value;

const isType = (value, type) =>
  typeOf(value) === type || (type === "number" && typeOf(value) === "integer");

/** What is wrong, one line each; nothing when the value fits. */
export function problems(api, schema, value, at = "answer") {
  const strange = Object.keys(schema).find((word) => !KNOWN.has(word));
  if (strange) return [`${at}: the checker does not know "${strange}"`];
  if (schema.$ref) {
    const name = schema.$ref.replace("#/components/schemas/", "");
    const target = api.components.schemas[name];
    return target
      ? problems(api, target, value, at)
      : [`${at}: ${schema.$ref} does not exist`];
  }
  if (schema.oneOf) {
    const tries = schema.oneOf.map((one) => problems(api, one, value, at));
    if (tries.some((found) => found.length === 0)) return [];
    return tries.reduce((a, b) => (b.length < a.length ? b : a));
  }
  if ("const" in schema && schema.const !== value)
    return [`${at}: ${JSON.stringify(value)} is not "${schema.const}"`];
  if (schema.enum && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`];
  const types = schema.type ? [schema.type].flat() : [];
  if (types.length > 0 && !types.some((type) => isType(value, type)))
    return [`${at}: ${typeOf(value)} is not ${types.join(" or ")}`];
  if (typeOf(value) === "array" && schema.items)
    return value.flatMap((item, i) =>
      problems(api, schema.items, item, `${at}[${i}]`),
    );
  return typeOf(value) === "object"
    ? objectProblems(api, schema, value, at)
    : [];
}

function objectProblems(api, schema, value, at) {
  const missing = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${at}.${name}: missing`);
  const inside = Object.entries(value).flatMap(([name, inner]) => {
    const known = schema.properties?.[name];
    if (known) return problems(api, known, inner, `${at}.${name}`);
    const others = schema.additionalProperties;
    if (typeof others === "object")
      return problems(api, others, inner, `${at}.${name}`);
    return others === true || !schema.properties
      ? []
      : [`${at}.${name}: not described`];
  });
  return [...missing, ...inside];
}

/** What an operation is described to answer, held against what it answers. */
export function shapeProblems(api, path, answer, method = "get") {
  const described = api.paths[path][method].responses["200"].content;
  return problems(api, described["application/json"].schema, answer);
}
