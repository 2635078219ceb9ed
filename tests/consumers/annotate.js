// annotate.js FOLDER < [{level, message, properties}, ...]: the workflow commands that GitHub's own @actions/core of the folder writes for them.
const fs = require("fs");
const path = require("path");

const core = require(path.join(process.argv[2], "node_modules/@actions/core"));
for (const { level, message, properties } of JSON.parse(fs.readFileSync(0, "utf8"))) core[level](message, properties);
