const { Res, Provider, Comp, run } = require("../lib");

module.exports = run({
    dependsOn() {
        const a = new Res("a", { delay: 100 });
        const b = new Res("b", {}, { dependsOn: [a] });
        new Res("c", {}, { dependsOn: b });
        return {};
    },
    protect(step) {
        new Res("a", { immutable: String(step) }, { protect: true });
        return {};
    },
    protectFromParent(step) {
        const outer = new Comp("outer", {}, { protect: true }, (self) => ({ leaf: new Res("leaf", { immutable: String(step) }, { parent: self }) }));
        new Res("free", {}, { parent: outer, protect: false });
        return {};
    },
    dependencyOfProperty() {
        const a = new Res("a", { value: "1" });
        new Res("b", { value: a.out, list: [a.id], plain: "p" });
        return {};
    },
    retainOnDelete() {
        new Res("a", {}, { retainOnDelete: true });
        return {};
    },
    ignoreChanges(step) {
        new Res("a", { value: String(step), nested: { x: String(step), y: String(step) } }, { ignoreChanges: ["value", "nested.x"] });
        return {};
    },
    replaceOnChanges(step) {
        new Res("a", { nested: { list: ["x", String(step)] } }, { replaceOnChanges: ["nested.list[*]"] });
        return {};
    },
    deleteBeforeReplace(step) {
        const a = new Res("a", { immutable: String(step) }, { deleteBeforeReplace: true });
        new Res("b", { immutable: a.out });
        return {};
    },
    additionalSecretOutputs() {
        const a = new Res("a", { value: "1" }, { additionalSecretOutputs: ["out"] });
        return { out: a.out };
    },
    customTimeouts() {
        new Res("a", {}, { customTimeouts: { create: "5m", delete: "1h" } });
        return {};
    },
    aliasName(step) {
        new Res(step === 1 ? "old" : "new", { value: "1" }, step === 1 ? {} : { aliases: [{ name: "old" }] });
        return {};
    },
    aliasUrn(step) {
        new Res(step === 1 ? "old" : "new", {}, step === 1 ? {} : { aliases: ["urn:pulumi:dev::demo::test:index:Res::old"] });
        return {};
    },
    aliasParent(step) {
        const parent = new Comp("parent", {});
        new Res("a", {}, step === 1 ? { parent } : { aliases: [{ parent }] });
        return {};
    },
    provider(step) {
        const provider = new Provider("p", { uri: `u${step}` });
        new Res("a", {}, { provider });
        return {};
    },
    deletedWith() {
        const host = new Res("host");
        new Res("disk", {}, { deletedWith: host });
        return {};
    },
    replaceWith(step) {
        const a = new Res("a", { immutable: String(step) });
        new Res("b", { value: "1" }, { replaceWith: [a], dependsOn: a });
        return {};
    },
    get() {
        const a = Res.get ? Res.get("a", "there") : new Res("a", {}, { id: "there" });
        return { value: a.value };
    },
});
