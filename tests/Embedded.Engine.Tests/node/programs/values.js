const { pulumi, Res, config, run } = require("../lib");
const path = require("path");
const fs = require("fs");
const os = require("os");

module.exports = run({
    kinds() {
        new Res("a", {
            text: "größer\n\"quoted\"", yes: true, number: 4096, fraction: 1.5, none: null, missing: undefined,
            list: ["a", null, 2], nested: { deep: { er: [{ k: "v" }] } }, empty: {}, nothing: [],
        });
        return {};
    },
    secrets() {
        const a = new Res("a", { value: pulumi.secret("s3cret"), nested: { token: config.requireSecret("token") } });
        return { direct: a.value, derived: a.value.apply((v) => v.length), mixed: pulumi.all([a.out, "plain"]).apply(([o]) => o), plain: a.urn };
    },
    unknowns() {
        const a = new Res("a", { value: "1" });
        const b = new Res("b", { value: a.out.apply((o) => { if (pulumi.runtime.isDryRun()) throw new Error("applied"); return o; }) });
        return { out: b.out, id: a.id, mixed: { known: "k", unknown: a.out } };
    },
    assets() {
        const file = path.join(os.tmpdir(), `engine-asset-${process.ppid}.txt`);
        fs.writeFileSync(file, config.require("content"));
        new Res("a", { text: new pulumi.asset.StringAsset(config.require("content")), file: new pulumi.asset.FileAsset(file) });
        return {};
    },
    archives() {
        new Res("a", { bundle: new pulumi.asset.AssetArchive({ "a.txt": new pulumi.asset.StringAsset(config.require("content")), nested: new pulumi.asset.AssetArchive({}) }) });
        return {};
    },
    large() {
        const a = new Res("a", { value: "x".repeat(6 * 1024 * 1024) });
        return { length: a.value.apply((v) => v.length) };
    },
    many() {
        const all = [];
        for (let i = 0; i < 100; i++) all.push(new Res(`r${i}`, { value: i === 0 ? "0" : all[i >> 1].out }));
        return { last: all[99].out };
    },
    context() {
        return {
            stack: pulumi.getStack(), project: pulumi.getProject(), organization: pulumi.getOrganization(), dryRun: pulumi.runtime.isDryRun(),
            number: config.requireNumber("number"), object: config.requireObject("object"), missing: config.get("missing") === undefined,
        };
    },
    stackReference() {
        const other = new pulumi.StackReference("organization/other/prod");
        return { ip: other.getOutput("ip"), key: other.getOutput("key"), missing: other.getOutput("none") };
    },
});
