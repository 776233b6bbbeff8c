/**
 * How the Node build gets at Node's own modules. A static `import` of one makes a module of it that lists all its
 * exports, and listing those of `node:fs` loads Node's streams, of `node:crypto` its WebCrypto: a fifth of a launch.
 * `process.getBuiltinModule` (Node 22.3) hands over the module as it is.
 */

/** The bundled `code` with its static imports of `node:` modules turned. Throws when one of an unknown form is left. */
export function takeBuiltinsDirectly(code: string): string {
  const turned = code
    .replace(
      /\bimport\s*\{([^}]*)\}\s*from\s*"(node:[a-z_/]+)";?/g,
      (_, names: string, module: string) => `const{${names.replace(/\s+as\s+/g, ':')}}=${builtin(module)};`,
    )
    .replace(
      /\bimport\s*(?:\*\s*as\s+)?([\w$]+)\s+from\s*"(node:[a-z_/]+)";?/g,
      (_, name: string, module: string) => `const ${name}=${builtin(module)};`,
    );
  const left = /\bimport[^("]*"node:[a-z_/]+"/.exec(turned);
  if (left !== null) throw new Error(`an import that is not known here: ${left[0]}`);
  return turned;
}

function builtin(module: string): string {
  return `process.getBuiltinModule("${module}")`;
}
