// What every program here uses: a resource of the test provider, a component, and the choice of a case by configuration.
const pulumi = require("@pulumi/pulumi");

class Res extends pulumi.CustomResource {
    constructor(name, props = {}, opts) {
        super("test:index:Res", name, { out: undefined, value: undefined, ...props }, opts);
    }
}

class Provider extends pulumi.ProviderResource {
    constructor(name, props, opts) {
        super("test", name, props, opts);
    }
}

class Comp extends pulumi.ComponentResource {
    constructor(name, args, opts, build = () => ({})) {
        super("test:index:Comp", name, args, opts);
        Object.assign(this, build(this, name));
        this.registerOutputs(args.outputs === false ? {} : { value: args.value });
    }
}

const config = new pulumi.Config();
const step = config.getNumber("step") || 1;

// Runs the case that the stack's configuration names; what it gives are the stack's outputs.
const run = (cases) => {
    const name = config.require("case");
    if (!cases[name]) throw new Error(`no case ${name}`);
    return cases[name](step);
};

module.exports = { pulumi, Res, Provider, Comp, config, step, run };
