const { pulumi, Res, config, run } = require("../lib");

module.exports = run({
    throws() {
        new Res("a");
        throw new Error("the program has a fault");
    },
    throwsInApply() {
        const a = new Res("a");
        return { out: a.out.apply(() => { throw new Error("the apply has a fault"); }) };
    },
    rejects() {
        new Res("a", { value: Promise.reject(new Error("the promise has a fault")) });
        return {};
    },
    exits() {
        process.exit(3);
    },
    dies() {
        process.kill(process.pid, "SIGKILL");
        return new Promise(() => {});
    },
    hangs() {
        console.log("hanging");
        setInterval(() => {}, 1000);
        return new Promise(() => {});
    },
    logs() {
        const a = new Res("a");
        pulumi.log.info("for your information", a);
        pulumi.log.warn("take care");
        pulumi.log.debug("not for you");
        console.log("a line to standard output");
        console.error("a line to standard error");
        return {};
    },
    logsError() {
        pulumi.log.error("this will not do");
        return {};
    },
    resourceFails() {
        new Res("a", { fail: "there is no room" });
        return {};
    },
    partly() {
        const bad = new Res("bad", { fail: "there is no room" });
        const user = new Res("user", { value: bad.out });
        const after = new Res("after", {}, { dependsOn: user });
        const other = new Res("other", { value: "1" });
        const next = new Res("next", { value: other.out });
        return { bad: bad.out, next: next.out };
    },
    invalid() {
        new Res("a", { value: "invalid" });
        return {};
    },
    duplicate() {
        new Res("a");
        new Res("a");
        return {};
    },
    unknownPackage() {
        new pulumi.CustomResource("aws:s3:Bucket", "b", {});
        return {};
    },
    transforms() {
        new Res("a", {}, { transforms: [async (args) => undefined] });
        return {};
    },
    stackTransform() {
        pulumi.runtime.registerStackTransform(async (args) => undefined);
        return {};
    },
    hooks() {
        const hook = new pulumi.ResourceHook("hook", async () => {});
        new Res("a", {}, { hooks: { afterCreate: [hook] } });
        return {};
    },
    importing() {
        new Res("a", {}, { import: "some-id" });
        return {};
    },
    remote() {
        class Remote extends pulumi.ComponentResource {
            constructor(name) { super("test:index:Remote", name, {}, {}, true); }
        }
        new Remote("r");
        return {};
    },
    dynamic() {
        class Dynamic extends pulumi.dynamic.Resource {
            constructor(name) { super({ create: async () => ({ id: "x", outs: {} }) }, name, {}, {}); }
        }
        new Dynamic("d");
        return {};
    },
    missingModule() {
        require("no-such-module");
    },
    missingConfig() {
        return { value: config.require("nowhere") };
    },
});
