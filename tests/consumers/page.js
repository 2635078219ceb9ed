// Opens a page of nplus1 report --html in Chromium, uses it as a person would, and prints what was seen as JSON.
// Arguments: folder of node_modules, chromium, the page, a folder for pictures; "large" leaves out the contrast of colours, which takes
// axe minutes on a page that is large; "read" leaves out axe, which takes twenty seconds on one.
const [folder, chromium, page, pictures, size] = process.argv.slice(2);
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const load = createRequire(folder + "/");

(async () => {
  const puppeteer = load("puppeteer-core");
  const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"], headless: true });
  const seen = { requests: [], errors: [], dialogs: 0, violations: {} };
  try {
    const tab = await browser.newPage();
    await tab.setViewport({ width: 1200, height: 900 });
    tab.on("request", request => { if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) seen.requests.push(request.url()); });
    tab.on("pageerror", error => seen.errors.push(String(error)));
    tab.on("console", message => { if (message.type() === "error") seen.errors.push(message.text()); });
    tab.on("dialog", async dialog => { seen.dialogs++; await dialog.dismiss(); });
    const check = async name => {
      if (size === "read") return;
      await tab.evaluate(axe);
      const result = await tab.evaluate(isLarge => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"], rules: { "color-contrast": { enabled: !isLarge } } }), size === "large");
      seen.violations[name] = result.violations.map(v => `${v.id}: ${v.nodes.slice(0, 2).map(n => n.html.slice(0, 120)).join(" | ")}`);
    };
    const count = selector => tab.$$eval(selector, all => all.filter(e => e.checkVisibility()).length);
    const address = pathToFileURL(page).href;
    const began = Date.now();
    await tab.goto(address);
    await tab.waitForSelector("#statements tbody tr");
    seen.load_ms = Date.now() - began;
    seen.title = await tab.title();
    seen.turns = await tab.evaluate(() => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(document.querySelector("main").innerText));
    seen.verdict = await tab.$eval("#verdict", e => e.textContent);
    seen.name = await tab.$eval("#title", e => e.textContent);
    seen.findings = await count("ol.findings > li");
    seen.heads = await tab.$$eval("ol.findings > li > details > summary", all => all.map(e => e.textContent.trim()));
    seen.rows = await count("#statements tbody tr");
    seen.scripts = await tab.$$eval("script, img, iframe, object, embed", all => all.filter(e => e.tagName !== "SCRIPT").length);
    await tab.keyboard.press("Tab"); // the first thing that the keyboard reaches is the link to the findings
    seen.first_stop = await tab.evaluate(() => document.activeElement.textContent);
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await check("light");
    await tab.screenshot({ path: `${pictures}/light.png`, fullPage: false });
    await tab.click("#theme");
    seen.theme = await tab.evaluate(() => document.documentElement.dataset.theme);
    await check("dark");
    await tab.screenshot({ path: `${pictures}/dark.png`, fullPage: false });

    // On paper it is dark on light, whatever the screen is.
    await tab.emulateMediaType("print");
    seen.printed = await tab.evaluate(() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]);
    await tab.emulateMediaType("screen");

    // A window as narrow as a telephone's scrolls up and down only, and has room for a statement.
    await tab.setViewport({ width: 320, height: 700 });
    seen.wider = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    seen.column = await tab.$eval("#statements tbody td:last-child", e => e.getBoundingClientRect().width);
    seen.covered = await tab.evaluate(() => {
      const [title, button] = ["title", "theme"].map(id => document.getElementById(id)), range = document.createRange();
      range.selectNodeContents(title);
      return range.getBoundingClientRect().right > button.getBoundingClientRect().left;
    });
    await tab.setViewport({ width: 1200, height: 900 });

    // A finding is opened and closed by its head, its stack unfolds.
    if (seen.findings) {
      const last = (await tab.$$("details.finding > summary")).at(-1);
      const opened = () => last.evaluate(e => e.parentElement.open);
      const before = await opened();
      await last.click();
      seen.toggled = (await opened()) !== before;
      if (!(await opened())) await last.click();
      await tab.waitForFunction(e => e.parentElement.querySelector("h4"), {}, last); // it is filled when it opens
      const stack = (await last.evaluateHandle(e => [...e.parentElement.querySelectorAll("details > summary")].find(s => s.textContent.startsWith("Stack")))).asElement();
      await stack.click();
      await tab.waitForFunction(e => e.parentElement.querySelector("ol"), {}, stack);
      seen.stack = await stack.evaluate(e => e.parentElement.innerText);
      seen.opened = await last.evaluate(e => e.parentElement.innerText);
      seen.link = await last.evaluate(e => e.parentElement.querySelector("a[href^='#f-']").getAttribute("href"));
    }

    // Sorted by executions, then the other way around.
    const first = () => tab.$eval("#statements tbody tr td", e => Number(e.textContent.replaceAll(",", "")));
    await tab.click("#statements [data-sort=executions]");
    seen.most = await first();
    await tab.click("#statements [data-sort=executions]");
    seen.least = await first();
    seen.sorted = await tab.$eval("#statements th[aria-sort=ascending]", e => e.textContent);
    if (await tab.$("#more")) {
      await tab.click("#more");
      seen.more_rows = await count("#statements tbody tr");
    }

    // The flame graph zooms and comes back.
    const frames = await count("#flame button");
    const second = (await tab.$$("#flame button"))[1];
    if (second) {
      seen.frame = await second.evaluate(e => e.getAttribute("aria-label"));
      await second.click();
      seen.zoomed = await tab.$eval("#flame button", e => e.getAttribute("aria-label"));
      await tab.click("#flame-bar button");
      seen.back = (await count("#flame button")) === frames;
    }

    // What is searched for stays.
    await tab.type("#words", "no such word anywhere");
    await tab.waitForFunction(() => document.getElementById("matching").textContent.startsWith("0 findings"));
    seen.none = [await count("ol.findings > li"), await count("#statements tbody tr")];
    await tab.$eval("#words", e => { e.value = ""; e.dispatchEvent(new Event("input")); });
    await tab.waitForFunction(() => document.getElementById("matching").textContent === "");
    if (seen.findings) {
      await tab.select("#confidence", "proven");
      seen.proven = await count("ol.findings > li");
      await tab.select("#confidence", "");
    }

    // A link to a finding opens it.
    if (seen.link) {
      await tab.goto("about:blank");
      await tab.goto(address + seen.link);
      await tab.waitForSelector(`[id="${seen.link.slice(1)}"] > details[open]`);
      seen.linked = true;
    }
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(seen));
})().catch(error => { console.error(error); process.exit(1); });
