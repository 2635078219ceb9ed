// Every way in which JavaScript calls, each asking under a name of its own.
const { query } = require(process.env.BRIDGE);
const told = new Set();

function ask(name) {
  const sum = query(`SELECT 1 AS ${name}`);
  const frames = [];
  const before = Error.prepareStackTrace;
  Error.stackTraceLimit = 200;
  Error.prepareStackTrace = (error, sites) => sites;
  for (const site of new Error().stack) {
    if (site.getFileName() === __filename && site.getFunctionName() !== 'ask')
      frames.push(`${site.getFunctionName() || '<anonymous>'}:${site.getLineNumber()}`);
  }
  Error.prepareStackTrace = before;
  const line = [name, ...frames].join('|');
  if (!told.has(line)) console.log(line);
  told.add(line);
  return sum;
}

function leaf(name) {
  return ask(
    name);
}

class Base {
  constructor(name) {
    this.value = ask(name);
  }
}

class Shop extends Base {
  static made = ask('a_static_field');
  constructor() {
    super('a_constructor');
  }
  get orders() {
    return ask('a_getter');
  }
  load() { return [1, 2].map((id) => ask('an_arrow_in_map')); }
}

function deep(n) {
  if (n === 0) return ask('recursion');
  return deep(n - 1) + 1;
}

function* generator() {
  yield ask('a_generator');
}

function all() {
  leaf('a_line_that_goes_on');
  const shop = new Shop();
  shop.orders;
  shop.load();
  leaf.call(null, 'a_call');
  leaf.bind(null, 'a_bound_function')();
  Reflect.apply(leaf, null, ['reflection']);
  new Proxy(leaf, {})('a_proxy');
  [3, 1, 2].sort((a, b) => a - b + 0 * leaf('a_comparator'));
  deep(100);
  for (const value of generator()) leaf('behind_a_generator');
  try {
    throw new Error('x');
  } catch (e) {
    ask('a_handler');
  } finally {
    ask('a_finally');
  }
  'x'.replace(/x/, () => leaf('a_replacer'));
  JSON.stringify({ toJSON() { return ask('a_toJSON'); } });
  (() => ask('an_arrow'))();
}

for (let time = 0; time < 5; time++) all(); // stacks that are known are told by less
(async function asynchronous() {
  leaf('before_an_await');
  await null;
  leaf('after_an_await');
})();
setTimeout(function timer() { leaf('a_timer'); }, 1);
