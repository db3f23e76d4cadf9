using System.Globalization;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// kill -9 of the host's script and of all it has started, with the real tools: in the parts of an update, and at the steps of the apply that drops a file with an original
/// (on a host that is a directory at every one: JournalScriptTests, BootScriptTests). The operator's own file is in its place or kept, the update that follows
/// goes on, and destroy leaves every byte as it was.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class KilledTests : IDisposable
{
    // The operator's own file, at the place of the script that binds a twin.
    private const string Script = "/etc/initramfs-tools/scripts/init-top/passthrough-host";
    private const string Operators = "#!/bin/sh\n# The operator's own.\nexit 0\n";
    private const string State = "/var/lib/passthrough-host";
    private const string IsThereOrKept = $"{{ cmp /root/operators {Script} || cmp /root/operators {State}/original{Script}; }}";

    private const string Twin = "    devices: [{ name: usb, address: \"02:00.0\", id: \"1033:0194\" }]\n    network: { link: enp8s0, bridge: br8, addresses: [10.0.0.37/24], confirmTimeoutSeconds: 90 }\n    hugePages: { size: 2M, count: 16 }";
    private const string WithoutTwin = "    boot: { reboot: never, kernelArguments: [threadirqs] }\n    network: { link: enp8s0, bridge: br8, addresses: [10.0.0.38/24], confirmTimeoutSeconds: 90 }";

    private const string FirstUpdate = Twin + "\n    boot: { reboot: never }\n    packages: { extra: [cpu-checker] }";

    // What Boot needs of the second.
    private static readonly MachineSpec WithoutTwinBoot = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "boot": { "reboot": "never", "kernelArguments": ["threadirqs"] }
        }
        """);

    // What a run does at that moment, in the words of a shell's condition; its brackets keep pgrep from finding the shell that asks.
    private const string Installs = "pgrep -f '[d]pkg .*--unpack'";
    private const string MakesMenu = "pgrep -f '[g]rub-mkconfig'";
    private const string MakesInitramfs = "pgrep -f '[m]kinitramfs'";
    private const string ArmsNetwork = $"test -e {State}/network.guard/pending";
    private const string WritesNetwork = "test -e /etc/netplan/60-passthrough-host.yaml";

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task While_packages_are_installed_destroy_ends_byte_for_byte()
    {
        var (host, before) = await BeginAsync("killed-first");
        await StackAsync(host, FirstUpdate);
        await KillAsync(host, Installs);
        await DestroyAsync(host, before);
        await host.LabAsync("down");
    }

    [Fact]
    public async Task In_a_first_update_nothing_is_lost_and_destroy_ends_byte_for_byte()
    {
        var (host, before) = await BeginAsync("killed-first");
        await StackAsync(host, FirstUpdate);
        await KillAsync(host, WritesNetwork);
        await NetworkIsBackAsync(host);
        await KillAsync(host, MakesMenu);

        // A package's script makes menu and initramfs of what the update had begun with.
        await host.MustAsync("update-grub && grep -q intel_iommu=on /boot/grub/grub.cfg && update-initramfs -u");
        await DestroyAsync(host, before);
        await host.LabAsync("down");
    }

    [Fact]
    public async Task In_an_update_that_drops_a_file_with_an_original_it_is_there_or_kept_and_destroy_ends_byte_for_byte()
    {
        var (host, before) = await BeginAsync("killed");
        await StackAsync(host, Twin + "\n    boot: { reboot: never }\n    packages: { manage: false }");
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
        await host.MustAsync($"grep -q passthrough_host.bind {Script}");
        await KillAtStepsAsync(host);

        await StackAsync(host, WithoutTwin + "\n    packages: { extra: [cpu-checker] }");
        await KillAsync(host, Installs);
        await KillAsync(host, ArmsNetwork);
        await NetworkIsBackAsync(host);
        await KillAsync(host, MakesMenu);
        await KillAsync(host, MakesInitramfs);
        await DestroyAsync(host, before);
        await host.LabAsync("down");
    }

    private static async Task<(LabHost Host, string Before)> BeginAsync(string name)
    {
        var host = await LabHost.PristineAsync(name);
        await host.MustAsync($"cat >{Script} && chmod 755 {Script} && cp -p {Script} /root/operators", Operators);
        return (host, await host.MustAsync(HostFingerprint.Command));
    }

    private async Task StackAsync(LabHost host, string machine)
    {
        var (port, hostKey, keyFile) = await host.AccessAsync();
        _reader.Variables["PULUMI_CONFIG_PASSPHRASE"] = "";
        _reader.Write(
            "Pulumi.gpu-host.yaml",
            $$"""
            config:
              passthrough-infra:machine:
                connection: { host: 127.0.0.1, port: {{port}}, user: ops, hostKey: {{hostKey}}, privateKeyFile: {{keyFile}} }
            {{machine}}
            encryptionsalt: v1:lV2kIHdAS1Q=:v1:g9qeEy6vrNxje6Kl:qJmplF9F9fAJPTA7UPaQlNLOI3SqVQ==

            """);
    }

    // The script and all it has started, as a power cut ends them: of every session that one of them is in. sshd, sudo and apt each make one.
    private async Task KillAsync(LabHost host, string moment)
    {
        await host.MustAsync("rm -f /root/ended");
        var update = _reader.SaysAsync(0, "! ./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
        var kill = host.SshAsync(
            $$"""
            read -r begun _ </proc/uptime
            until {{moment}} >/dev/null; do
              read -r now _ </proc/uptime
              [ ! -e /root/ended ] && [ $((${now%.*} - ${begun%.*})) -lt 900 ] || exit 1
              sleep 0.2
            done
            script=$(sed -n 's/.* process \([0-9]*\), .*/\1/p' {{State}}/lock)
            all=$script
            children=$script
            while children=$(pgrep -d , -P "$children"); do all=$all,$children; done
            sessions=$(ps -o sid= -p "$all" | sort -u | xargs | tr ' ' ,)
            for round in 1 2 3 4 5 6 7 8; do pkill -9 -s "$sessions" || break; sleep 0.5; done
            ! ps -o pid=,stat=,args= -s "$sessions" | grep -v ' Z'
            """);
        if (await Task.WhenAny(update, kill) == update)
        {
            await host.SshAsync("touch /root/ended");
        }

        var (code, said) = await kill;
        var output = await update;
        Assert.True(code == 0, $"the update was not killed at `{moment}`: {said}\n{output}");

        // A run that was about to change the network has refused SSH, until the host takes that back.
        await host.WaitAsync(IsThereOrKept, TimeSpan.FromMinutes(6));
    }

    // Boot's own apply of the second spec, from its beginning until it makes GRUB's menu: before each command that changes something, as every-step.sh does it.
    private static async Task KillAtStepsAsync(LabHost host)
    {
        var boot = (await host.PlanAsync(WithoutTwinBoot))["boot"];
        await host.MustAsync("mkdir -p /root/steps && cat >/root/steps/boot", HostScript.Text(boot.Plan));
        var everyStep = await File.ReadAllTextAsync(Path.Combine(LabHost.Root, "tests/PassthroughHost.Component.Tests/Support/every-step.sh"));
        var cut = everyStep[everyStep.IndexOf("cut_script()", StringComparison.Ordinal)..everyStep.IndexOf("\nfail()", StringComparison.Ordinal)];
        var tried = await host.MustAsync(
            "sh -s",
            $$"""
            {{cut}}
            cd /root/steps
            cut_script boot
            export STEPS=/root/steps/at LAST=1
            tried=0
            until grep -qs "making GRUB's menu" said; do
              echo 0 >at
              setsid -w sh boot.cut apply token </dev/null >said 2>&1
              code=$?
              [ $code = 137 ] && {{IsThereOrKept}} || { echo "step $LAST ended with $code"; cat said; exit 1; }
              tried=$((tried + 1))
              LAST=$((LAST + {{Steps.Stride(usual: 9, all: 9)}}))
            done
            echo $tried

            """);
        Assert.True(int.Parse(tried.Split('\n')[^1], CultureInfo.InvariantCulture) > 4, tried);
    }

    // What was not confirmed is taken back by the host, and a change that was killed before its timer was started needs nobody: the next update goes on.
    private static Task NetworkIsBackAsync(LabHost host) => host.WaitAsync(
        $"test ! -e {State}/network.guard/pending || ! systemctl is-active --quiet passthrough-host-network-undo.timer", TimeSpan.FromMinutes(6));

    private async Task DestroyAsync(LabHost host, string before)
    {
        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes 2>&1");
        await host.MustAsync($"cmp /root/operators {Script} && test ! -e {State} && ! lsinitramfs /boot/initrd.img-$(uname -r) | grep passthrough-host/");
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));
    }
}
