const pulumi = require("@pulumi/pulumi");
const command = require("@pulumi/command");
const log = new pulumi.Config().require("log");
class Res extends command.local.Command {
  constructor(name, props = {}, opts) {
    const env = {};
    for (const [k, v] of Object.entries(props)) { if (k !== "immutable" && k !== "delay" && k !== "fail" && k !== "failUpdate" && k !== "failDelete") env[k] = pulumi.output(v).apply(x => JSON.stringify(x)); }
    super(name, {
      create: `echo ${name} create >> ${log}; sleep ${(props.delay || 0) / 1000}; ${props.fail ? "echo bad >&2; exit 7" : `echo -n out-${name}`}`,
      update: `echo ${name} update >> ${log}; ${props.failUpdate ? "exit 8" : `echo -n up-${name}`}`,
      delete: `echo ${name} delete >> ${log}${props.failDelete ? "; exit 9" : ""}`,
      environment: env, triggers: props.immutable ? [props.immutable] : undefined,
    }, opts);
    this.out = this.stdout;
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
const run = (cases) => { const n = config.require("case"); if (!cases[n]) throw new Error(`no case ${n}`); return cases[n](step); };
module.exports = { pulumi, command, Res, Comp, config, step, run };
