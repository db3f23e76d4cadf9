"use strict";
// Loaded before a program (NODE_OPTIONS=--require). Three quarters of what the SDK loads are libraries for two things: a TypeScript compiler and npm's own ones turn
// a function into text, for dynamic providers; OpenTelemetry's send what is traced. Here they are loaded when they are used.
const Module = require("module");

const load = Module._load;
const late = [
    { by: "/@pulumi/pulumi/runtime/closure/", what: /^(\.\.\/\.\.\/typescript-shim|@npmcli\/arborist|normalize-package-data)$/ },
    { by: "/@pulumi/pulumi/cmd/run/tracing.js", what: /^@opentelemetry\/(?!api$)/ },
];

Module._load = function (request, parent, isMain) {
    const give = () => load.call(this, request, parent, isMain);
    if (!late.some(l => l.what.test(request) && parent.filename.includes(l.by))) return give();
    return new Proxy(function () {}, {
        // What the compiler of the SDK has for `import * as`: a module that says so is taken as it is.
        get: (_, name) => name === "__esModule" ? true : name === "default" ? give() : give()[name],
        apply: (_, self, args) => Reflect.apply(give(), self, args),
        construct: (_, args) => Reflect.construct(give(), args),
    });
};
