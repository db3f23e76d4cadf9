const { pulumi, Res, run } = require("../lib");

module.exports = run({
    known() {
        return { twice: pulumi.runtime.invoke("test:index:twice", { text: "ab" }).then((r) => r.result) };
    },
    unknown() {
        const a = new Res("a", { value: "1" });
        const result = pulumi.runtime.invokeOutput ? pulumi.runtime.invokeOutput("test:index:twice", { text: a.out }) : undefined;
        return { twice: result.apply((r) => r.result) };
    },
    secret() {
        return { twice: pulumi.runtime.invokeOutput("test:index:twice", { text: pulumi.secret("ab") }).apply((r) => r.result) };
    },
    fails() {
        return { twice: pulumi.runtime.invoke("test:index:twice", { text: "fail" }).then((r) => r.result) };
    },
    refused() {
        return { twice: pulumi.runtime.invoke("test:index:twice", { text: "refuse" }).then((r) => r.result) };
    },
});
