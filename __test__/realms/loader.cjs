// Evaluates packages again inside of a plain `vm` context, as test runners do.
const fs = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** What Node gives to its own realm and JavaScript does not know. */
const nodeGlobals = { process, Buffer, console, performance, setTimeout, clearTimeout, setImmediate, URL };

/** The `require` of a new realm, for the packages that are installed in `folder`. */
function requireOfNewRealm(folder) {
  const context = vm.createContext({ ...nodeGlobals });
  const modules = new Map();

  const requireFrom = (from) => {
    const outside = createRequire(from);
    return (name) => {
      if (isBuiltin(name)) return outside(name);
      const file = outside.resolve(name);
      // Addons are loaded once in a process, by the realm that Node began with.
      return file.endsWith('.node') ? outside(file) : evaluate(file);
    };
  };

  const evaluate = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const names = ['module', 'exports', 'require', '__filename', '__dirname'];
    const options = { filename: file, parsingContext: context };
    const body = vm.compileFunction(fs.readFileSync(file, 'utf8'), names, options);
    body(module, module.exports, requireFrom(file), file, path.dirname(file));
    return module.exports;
  };

  return requireFrom(path.join(folder, 'index.cjs'));
}

module.exports = { requireOfNewRealm };
