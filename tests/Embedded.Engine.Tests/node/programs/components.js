const { pulumi, Res, Comp, Provider, run } = require("../lib");

module.exports = run({
    nested() {
        const outer = new Comp("outer", { value: "v" }, {}, (self) => ({
            inner: new Comp("inner", { value: "w" }, { parent: self }, (inner) => ({ leaf: new Res("leaf", { value: "x" }, { parent: inner }) })),
        }));
        return { leaf: outer.inner.leaf.out, urn: outer.inner.leaf.urn };
    },

    dependsOnComponent() {
        const first = new Comp("first", {}, {}, (self) => ({ child: new Res("child", { delay: 150 }, { parent: self }) }));
        new Res("after", {}, { dependsOn: first });
        return {};
    },

    providersFromParent() {
        const provider = new Provider("p", { uri: "u" });
        const outer = new Comp("outer", {}, { providers: [provider] }, (self) => ({ leaf: new Res("leaf", {}, { parent: self }) }));
        return { provider: outer.leaf.urn };
    },

    aliasOfParent(step) {
        new Comp(step === 1 ? "old" : "new", {}, step === 1 ? {} : { aliases: [{ name: "old" }] }, (self, name) => ({
            disk: new Res(`${name}-disk`, {}, { parent: self }),
        }));
        return {};
    },

    references() {
        const a = new Res("a", { value: "1" });
        const comp = new Comp("comp", { value: "v" }, {});
        const b = new Res("b", { resource: a, component: comp, list: [a] });
        return { a, comp, value: b.out };
    },

    transformations() {
        pulumi.runtime.registerStackTransformation((args) =>
            args.type === "test:index:Res" ? { props: { ...args.props, value: "transformed" }, opts: args.opts } : undefined);
        const a = new Res("a", { value: "1" });
        return { out: a.out };
    },
});
