const { pulumi, config, run } = require("../lib");
const command = require("@pulumi/command");

module.exports = run({
    local(step) {
        const dir = config.require("dir");
        const a = new command.local.Command("a", {
            create: `echo created >> ${dir}/log; echo out${step}; echo err >&2`,
            update: `echo updated >> ${dir}/log; echo updated${step}`,
            delete: `echo deleted >> ${dir}/log`,
            environment: { STEP: String(step) },
        });
        return { stdout: a.stdout, stderr: a.stderr };
    },
    triggers(step) {
        const dir = config.require("dir");
        new command.local.Command("a", { create: `echo created >> ${dir}/log`, delete: `echo deleted >> ${dir}/log`, triggers: [String(step)] });
        return {};
    },
    fails() {
        new command.local.Command("a", { create: "echo before; echo trouble >&2; exit 7" });
        return {};
    },
    run() {
        return { stdout: command.local.runOutput({ command: "echo from run" }).apply((r) => r.stdout) };
    },
});
