"use strict";
// Loaded before a program (NODE_OPTIONS=--require). A TypeScript compiler and npm's own libraries are two thirds of what the SDK loads, and it needs them for one
// thing: to turn a function into text, for dynamic providers. Here they are loaded when they are used.
const Module = require("module");

const load = Module._load;
const late = new Set(["../../typescript-shim", "@npmcli/arborist", "normalize-package-data"]);

Module._load = function (request, parent, isMain) {
    const give = () => load.call(this, request, parent, isMain);
    if (!late.has(request) || !parent.filename.includes("/@pulumi/pulumi/runtime/closure/")) return give();
    return new Proxy(function () {}, {
        // What the compiler of the SDK has for `import * as`: a module that says so is taken as it is.
        get: (_, name) => name === "__esModule" ? true : name === "default" ? give() : give()[name],
        apply: (_, self, args) => Reflect.apply(give(), self, args),
        construct: (_, args) => Reflect.construct(give(), args),
    });
};
