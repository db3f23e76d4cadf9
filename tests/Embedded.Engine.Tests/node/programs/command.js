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
    remote(step) {
        const dir = config.require("dir");
        const connection = config.requireSecretObject("connection");
        const a = new command.remote.Command("a", {
            connection,
            create: `cat; echo created >> ${dir}/log`,
            update: `cat; echo updated >> ${dir}/log`,
            delete: `echo deleted ${step} >> ${dir}/log`,
            stdin: `stdin ${step}\n`,
        }, { customTimeouts: { create: "1m" } });
        return { stdout: a.stdout, user: a.connection.apply((c) => c.user) };
    },
    copy() {
        new command.remote.CopyToRemote("file", { connection: { host: "127.0.0.1" }, source: new pulumi.asset.StringAsset("content"), remotePath: "/copied" });
        return {};
    },
    wrongKey() {
        new command.remote.Command("a", { connection: { ...config.requireObject("connection"), dialErrorLimit: 1 }, create: "true" });
        return {};
    },
    secretStdout() {
        const a = new command.local.Command("a", { create: "echo s3cret" }, { additionalSecretOutputs: ["stdout"] });
        return { stdout: a.stdout, length: a.stdout.apply((s) => s.length) };
    },
    chain() {
        const first = new command.local.Command("first", { create: "echo one" });
        const second = new command.local.Command("second", { create: pulumi.interpolate`echo ${first.stdout} two` });
        const run = command.local.runOutput({ command: pulumi.interpolate`echo ${second.stdout} three` });
        return { stdout: run.stdout };
    },
    previousOutput(step) {
        const a = new command.local.Command("a", { create: "echo first", update: "echo [$PULUMI_COMMAND_STDOUT]", environment: { STEP: String(step) } });
        return { stdout: a.stdout };
    },
    badInput() {
        new command.local.Command("a", { create: "true", logging: "everything" });
        return {};
    },
    run() {
        return { stdout: command.local.runOutput({ command: "echo from run" }).apply((r) => r.stdout) };
    },
});
