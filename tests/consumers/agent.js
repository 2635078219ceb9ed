// Uses nplus1 mcp as a coding agent does, with the protocol's own client, and prints what it got as JSON.
// Arguments: folder of node_modules, nplus1, its directory, the words of nplus1 mcp, then -- and calls: a name and its arguments as JSON.
const [folder, nplus1, directory, ...rest] = process.argv.slice(2);
const { createRequire } = require("node:module");
const load = createRequire(folder + "/");
const words = rest.slice(0, rest.indexOf("--")), calls = rest.slice(rest.indexOf("--") + 1);

(async () => {
  const { Client } = load("@modelcontextprotocol/sdk/client/index.js");
  const { StdioClientTransport } = load("@modelcontextprotocol/sdk/client/stdio.js");
  const client = new Client({ name: "tests", version: "1" });
  await client.connect(new StdioClientTransport({ command: nplus1, args: ["mcp", ...words], cwd: directory, stderr: "ignore", env: process.env }));
  const seen = { server: client.getServerVersion(), instructions: client.getInstructions(), tools: (await client.listTools()).tools, answers: [], ms: [] };
  await client.ping();
  let before = null;
  for (let i = 0; i < calls.length; i += 2) {
    // {LAST.x} is x of the answer before.
    const text = calls[i + 1].replace(/\{LAST\.(\w+)(?:\.(\d+)\.(\w+))?\}/g, (_, name, at, inner) => at === undefined ? before[name] : before[name][at][inner]);
    const began = performance.now();
    try {
      const answer = await client.callTool({ name: calls[i], arguments: JSON.parse(text) });
      before = answer.structuredContent || before;
      seen.answers.push(answer);
    } catch (error) {
      seen.answers.push({ thrown: String(error) });
    }
    seen.ms.push(performance.now() - began);
  }
  await client.close();
  console.log(JSON.stringify(seen));
})().catch(error => { console.error(error); process.exit(1); });
