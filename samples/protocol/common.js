// What the JavaScript programs share: the command line, `PROGRAM SCENE[=DATABASE] ...`; a scene is { expected, load }.
const ORDERS = 100, USERS = 20, POSTS = 5; // posts of each user; fill.sql

async function main(scenes, opened) {
  const words = process.argv.slice(2);
  for (const word of words.length ? words : Object.keys(scenes)) {
    const [name, database] = word.split('=');
    const { connection, close } = await opened(database || process.env.PGDATABASE);
    console.log(name, scenes[name].expected, await scenes[name].load(connection));
    await close();
  }
}

module.exports = { ORDERS, USERS, POSTS, main };
