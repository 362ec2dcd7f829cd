// SPDX-License-Identifier: GPL-3.0-or-later
// openapi-check - is the API's document valid, and do its examples and real replies follow it?
//
//   node tests/node/openapi-check.mjs MODULES DOCUMENT [REPLIES]
//
// MODULES is the folder in which `npm ci` was run with this folder's package.json. REPLIES has a JSON
// object a line: {"method", "path" (as the document has it), "code", "type", "body"}. Each must be
// documented and its JSON body fit the schema; and each documented code must be among them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const METHODS = ["get", "head", "post", "put", "delete", "patch", "options", "trace"];
const JSON_TYPE = "application/json";
const [modules, documentPath, repliesPath] = process.argv.slice(2);
const require = createRequire(pathToFileURL(resolve(modules, "package.json")));
const load = async (name) => import(pathToFileURL(require.resolve(name)));

const faults = [];
const fault = (text) => faults.push(text);

const { Validator } = await load("@seriousme/openapi-schema-validator");
const { default: Ajv } = await load("ajv/dist/2020.js");
const { default: addFormats } = await load("ajv-formats");

const api = JSON.parse(readFileSync(documentPath, "utf8"));
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema({ ...api, $id: "file:///openapi.json" });

const pointer = (...parts) =>
  parts.map((part) => "/" + encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("");

/** What {"$ref": "#/..."} stands for, and where it is. */
function follow(value, parts) {
  while (value.$ref) {
    parts = value.$ref.slice(2).split("/");
    value = parts.reduce((at, part) => at?.[part], api) ?? fault(`nothing at ${value.$ref}`) ?? {};
  }
  return [value, parts];
}

/** Why @value does not fit the schema at @parts; undefined if it does. */
function misfit(value, parts) {
  const check = ajv.getSchema("file:///openapi.json#" + pointer(...parts));
  return check(value) ? undefined : ajv.errorsText(check.errors);
}

function* operations() {
  for (const [path, item] of Object.entries(api.paths))
    for (const method of METHODS)
      if (item[method]) yield { path, method, operation: item[method], name: `${method.toUpperCase()} ${path}` };
}

/** Each media type of a reply, with the place of its schema. */
function* media(response, parts) {
  for (const [type, content] of Object.entries(response.content ?? {}))
    yield { type, content, parts: [...parts, "content", type] };
}

function checkExamples(name, response, parts) {
  for (const { type, content, parts: at } of media(response, parts)) {
    if (type === JSON_TYPE && !content.examples && name.indexOf("openapi.json") < 0) fault(`${name}: no example`);
    for (const [key, example] of Object.entries(content.examples ?? {})) {
      const why = misfit(example.value, [...at, "schema"]);
      if (why) fault(`${name}: example ${key}: ${why}`);
    }
  }
}

function checkOperations() {
  const ids = new Set();
  for (const { path, method, operation, name } of operations()) {
    if (ids.has(operation.operationId)) fault(`${name}: its operationId is another's, too`);
    ids.add(operation.operationId);
    if (!operation.summary || !operation.description) fault(`${name}: no summary or description`);
    for (const [code, given] of Object.entries(operation.responses)) {
      const [response, parts] = follow(given, ["paths", path, method, "responses", code]);
      checkExamples(`${name} ${code}`, response, parts);
    }
  }
  return ids.size;
}

function checkReply(reply, seen) {
  const name = `${reply.method.toUpperCase()} ${reply.path} ${reply.code}`;
  const given = api.paths[reply.path]?.[reply.method]?.responses[reply.code];
  if (!given) return fault(`${name} is not documented: ${reply.body.slice(0, 200)}`);
  seen.add(name);
  const [response, parts] = follow(given, ["paths", reply.path, reply.method, "responses", reply.code]);
  const type = reply.type.split(";")[0];
  const found = [...media(response, parts)].find((one) => one.type === type || one.type === "*/*");
  if (!found) return response.content && fault(`${name}: its type is ${reply.type}`);
  const why = type === JSON_TYPE && misfit(JSON.parse(reply.body), [...found.parts, "schema"]);
  if (why) fault(`${name}: ${why}: ${reply.body.slice(0, 200)}`);
}

function checkReplies(path) {
  const seen = new Set();
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  for (const line of lines) checkReply(JSON.parse(line), seen);
  for (const { operation, name } of operations())
    for (const code of Object.keys(operation.responses))
      if (!seen.has(`${name} ${code}`)) fault(`${name} ${code} is documented and was never answered`);
  return `${lines.length} replies, ${seen.size} documented codes seen`;
}

const verdict = await new Validator().validate(structuredClone(api));
if (!verdict.valid) fault(`no valid OpenAPI document: ${JSON.stringify(verdict.errors, null, 1)}`);
const version = String(api.openapi);
if (!version.startsWith("3.1.")) fault(`version ${version}, not 3.1`);
const count = verdict.valid ? checkOperations() : 0;
const told = repliesPath ? `, ${checkReplies(repliesPath)}` : "";

for (const text of faults) console.log(text);
console.log(`OpenAPI ${version}, ${count} operations${told}, ${faults.length} faults`);
process.exitCode = faults.length ? 1 : 0;
