using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// kill -9 in each part of an update that drops a file with an original, with the real tools (at every step: JournalScriptTests, BootScriptTests): the original is
/// in its place or kept, and in the end every byte is as it was.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class KilledTests
{
    private const string Script = "/etc/initramfs-tools/scripts/init-top/passthrough-host";
    private const string State = "/var/lib/passthrough-host";
    private const string Fingerprint = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; find /etc /boot -printf '%p %m %u\\n' | sort; sha256sum /boot/grub/grub.cfg /boot/grub/grubenv; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";
    private const string Operators = "#!/bin/sh\n# The operator's own.\n[ \"$1\" = prereqs ] && exit 0\nexit 0\n";

    private static readonly MachineSpec First = Spec("\"devices\": [{ \"name\": \"usb\", \"address\": \"02:00.0\", \"id\": \"1033:0194\" }]");
    private static readonly MachineSpec Second = Spec("\"boot\": { \"kernelArguments\": [\"threadirqs\"] }");

    [Fact]
    public async Task The_original_is_there_after_each_and_destroy_ends_byte_for_byte()
    {
        var host = await LabHost.PristineAsync("killed");
        await host.MustAsync($"cat >{Script} && chmod 755 {Script}", Operators);
        var before = await host.MustAsync(Fingerprint);
        await SucceedsAsync(host, First);
        await host.MustAsync($"grep -q passthrough_host.bind {Script}");
        foreach (var words in new[] { "back as it was", "wrote /etc/default", "making GRUB", "making the initramfs", "are tried once" })
        {
            await KillAsync(host, words);
            await host.MustAsync($"cmp /root/operators {Script} || cmp /root/operators {State}/original{Script}");
        }

        // The one that was ended last is taken back, not confirmed: with the stack as it was before, nothing of it is left.
        await SucceedsAsync(host, First);
        await host.MustAsync($"! grep -q 'threadirqs' /boot/grub/grub.cfg && test ! -e {State}/journal");
        Assert.True((await host.PlanAsync(First))["boot"].InSync);
        await SucceedsAsync(host, Second);
        await host.MustAsync($"cmp /root/operators {Script}");
        var (code, output) = await host.RevertAsync(Second, "boot");
        Assert.True(code == 0, output);
        Assert.Equal(before, await host.MustAsync(Fingerprint));
        await host.MustAsync($"test ! -e {State} && ! lsinitramfs /boot/initrd.img-$(uname -r) | grep -q passthrough-host/");
        await host.LabAsync("down");
    }

    // The script and all it has started, as a power cut ends it.
    private static async Task KillAsync(LabHost host, string words)
    {
        var state = (await host.PlanAsync(Second))["boot"];
        await host.MustAsync("cat >/root/operators", Operators);
        await host.MustAsync("cat >/root/script", HostScript.Text(state.Plan));
        await host.MustAsync(
            $$"""
            setsid sh /root/script apply token >/root/said 2>&1 &
            script=$!
            until grep -q '{{words}}' /root/said; do kill -0 $script || exit 1; sleep 0.1; done
            kill -9 -- -$script
            """);
    }

    private static async Task SucceedsAsync(LabHost host, MachineSpec spec)
    {
        var (code, output) = await host.ApplyAsync(spec, "boot");
        Assert.True(code == 0, output);
    }

    private static MachineSpec Spec(string wanted) => SpecReader.Read($$"""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, {{wanted}} }""");
}
