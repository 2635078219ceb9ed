// decode.js FOLDER FILE: an OTLP request for traces, decoded by @opentelemetry/otlp-transformer of the folder, as JSON.
const fs = require("fs");
const path = require("path");

const [folder, file] = process.argv.slice(2);
const root = require(path.join(folder, "node_modules/@opentelemetry/otlp-transformer/build/src/generated/root"));
const Request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const bytes = fs.readFileSync(file);
const message = Request.decode(bytes);
const fault = Request.verify(message);
if (fault) throw new Error(fault);
const hex = (object) => JSON.parse(JSON.stringify(object), (key, value) =>
  key.endsWith("Id") && typeof value === "string" ? Buffer.from(value, "base64").toString("hex") : value);
console.log(JSON.stringify(hex(Request.toObject(message, { longs: String, enums: String, bytes: String }))));
