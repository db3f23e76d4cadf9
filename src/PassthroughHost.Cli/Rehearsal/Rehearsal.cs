using System.Globalization;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>
/// The whole life of a host on the virtual one: previewed, applied, rebooted, verified, tampered with, healed and put back. It types the
/// commands an operator would type, and looks at what they come to. The same story with either engine.
/// </summary>
/// <param name="root">The project's directory.</param>
/// <param name="engine">Whose verbs are typed.</param>
/// <param name="variant">A name for the kind of virtual host (<see cref="LabVariants"/>), or null for the usual one.</param>
/// <param name="keep">Whether the lab is left up.</param>
/// <param name="record">Whether its outcome is written into the table of docs (<see cref="RehearsalRecord"/>).</param>
/// <param name="stopping">Ends it.</param>
internal sealed class Rehearsal(string root, RehearsedEngine engine, string? variant, bool keep, bool record, CancellationToken stopping)
{
    // Of the CLI's exit codes: changes although none were expected.
    private const int Changes = 7;

    private const string ModprobeFile = "/etc/modprobe.d/passthrough-host.conf";

    private readonly Steps steps = new(11);

    private readonly Lab lab = new(root);

    private bool isLabUp;

    // What the host is made of, once it was asked; for the record.
    private string? made;

    // There is none if vfio-pci is built in.
    private bool hasModprobeFile;

    /// <summary>Runs it. However it ends, the lab is down afterwards, unless it is to be kept.</summary>
    /// <returns>0 when all was as it should be, 1 at the first thing that was not.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<int> RunAsync()
    {
        string? failure = null;
        try
        {
            await engine.CheckAsync(stopping);
            await StepsAsync();
        }
        catch (RehearsalException e)
        {
            failure = e.Message;
        }
        finally
        {
            await PutAwayAsync();
        }

        steps.Summarize(failure);
        VerbTable.Write(engine);
        if (made is not null)
        {
            RehearsalRecord.Write(root, variant, made, steps.InWords(failure), DateOnly.FromDateTime(DateTime.UtcNow));
        }

        if (failure is null)
        {
            return ExitCodes.Fine;
        }

        if (engine.Runs.Count > 0)
        {
            Console.WriteLine($"  The stack's state is kept in {engine.State}, until the next rehearsal.");
        }

        Console.WriteLine(
            !isLabUp ? "  Nothing was booted."
            : keep ? "  The lab is left up to look at: ./passthrough lab ssh, ./passthrough lab serial; ./passthrough lab down ends it."
            : "  The lab is down; --keep leaves it up to look at.");
        return ExitCodes.Error;
    }

    private async Task PutAwayAsync()
    {
        if (!isLabUp || keep)
        {
            return;
        }

        try
        {
            // Also after Ctrl-C and SIGTERM: this has a few seconds' time.
            await lab.RunAsync(["down"], CancellationToken.None);
        }
        catch (RehearsalException e)
        {
            Console.WriteLine($"  {e.Message}: ./passthrough lab down ends it");
        }
    }

    private async Task StepsAsync()
    {
        var before = "";
        await steps.DoAsync("boot the virtual host", async () =>
        {
            isLabUp = true;
            var preparing = engine.PrepareAsync(stopping);
            await lab.RunAsync(["reset", "--iommu", "intel", .. variant is null ? Array.Empty<string>() : ["--on", variant]], stopping);
            await preparing;
            await engine.OpenAsync(stopping);
            before = await OnHostAsync(HostFingerprint.Command);
            made = record ? await OnHostAsync(RehearsalRecord.Command) : null;
            return await OnHostAsync("echo \"$(. /etc/os-release; echo $PRETTY_NAME), kernel $(uname -r), $(ls -d /sys/kernel/iommu_groups/* | wc -l) IOMMU groups\"");
        });
        await steps.DoAsync("preview: everything is to be made", async () => Expect(await SucceedsAsync("preview"), "to create", atLeast: 4));
        await steps.DoAsync("up: write, reboot, verify", async () =>
        {
            var boot = await OnHostAsync("cat /proc/sys/kernel/random/boot_id");
            var outcome = Expect(await SucceedsAsync("up", "--yes", "--skip-preview"), "created", atLeast: 4);
            var now = await OnHostAsync("cat /proc/sys/kernel/random/boot_id");
            return boot != now ? outcome + ", rebooted" : throw new RehearsalException("the host did not reboot");
        });
        await steps.DoAsync("look at the host itself", LookAsync);
        await steps.DoAsync("look at the guest and its process", LookAtGuestAsync);
        await steps.DoAsync("preview: nothing is to be done", EmptyAsync);
        await steps.DoAsync("tamper with the host, as somebody might", async () =>
        {
            await OnHostAsync("sed -i 's/iommu=pt/iommu=pt quiet/' /etc/default/grub.d/60-passthrough-host.cfg");
            hasModprobeFile = await OnHostAsync("grep -qs '/vfio-pci[.]ko' /lib/modules/$(uname -r)/modules.builtin && echo no || echo yes") == "yes";
            await OnHostAsync(hasModprobeFile ? $"rm {ModprobeFile}" : $"! [ -e {ModprobeFile} ]");
            return hasModprobeFile ? "edited the GRUB drop-in, removed the modprobe file" : "edited the GRUB drop-in";
        });
        await steps.DoAsync("preview: exactly that, as drift", DriftAsync);
        await steps.DoAsync("up: healed", async () => Expect(await SucceedsAsync("up", "--yes", "--skip-preview"), "updated", exactly: 2));
        await steps.DoAsync("preview: nothing is to be done", EmptyAsync);
        await steps.DoAsync("destroy: the host as it was before", async () =>
        {
            await SucceedsAsync("destroy", "--yes");
            var after = await OnHostAsync(HostFingerprint.Command);
            if (HostFingerprint.Differences(before, after) is { Count: > 0 } left)
            {
                throw new RehearsalException("the host is not as it was before:\n    " + string.Join("\n    ", left.Take(20)));
            }

            return $"{before.Split('\n').Length.ToString(CultureInfo.InvariantCulture)} files, directories and packages, byte for byte";
        });
    }

    private async Task<string> LookAsync()
    {
        var seen = await OnHostAsync(
            "cat /proc/cmdline; for a in 01:00.0 01:00.1 04:00.0; do echo $a $(basename $(readlink /sys/bus/pci/devices/0000:$a/driver)); done;"
            + " echo default $(awk '$1 == \"linux\" { print; exit }' /boot/grub/grub.cfg);"
            + " ip -4 -o addr show br3000; ip -d link show vlan3000; ip route show default; grep HugePages_Total /proc/meminfo | tr -s ' '");
        foreach (var wanted in new[]
        {
            "intel_iommu=on", "iommu=pt", "01:00.0 vfio-pci", "01:00.1 vfio-pci", "04:00.0 vfio-pci",
            "vlan protocol 802.1Q id 3000", "10.0.0.37/24", "default via 10.0.0.1 dev br3000", "HugePages_Total: 160",
        })
        {
            if (!seen.Contains(wanted, StringComparison.Ordinal))
            {
                throw new RehearsalException($"'{wanted}' is not to be seen on the host:\n{seen}");
            }
        }

        // The arguments were on trial: verified, they are the menu's default.
        if (!seen.Split('\n').Any(l => l.StartsWith("default linux", StringComparison.Ordinal) && l.Contains("intel_iommu=on", StringComparison.Ordinal)))
        {
            throw new RehearsalException($"the verified arguments are not in GRUB's default entry:\n{seen}");
        }

        return "intel_iommu=on iommu=pt tried, verified and GRUB's default; three devices with vfio-pci; br3000 on VLAN 3000; 160 huge pages";
    }

    private async Task<string> LookAtGuestAsync()
    {
        var seen = await OnHostAsync(
            "virsh domstate lab; pid=$(cat /run/libvirt/qemu/lab.pid); echo groups $(ls -l /proc/$pid/fd | grep -oE '/dev/vfio/[0-9]+' | sort -u | wc -l);"
            + " for t in /proc/$pid/task/*; do case $(cat $t/comm) in CPU*) echo vcpu on $(grep Cpus_allowed_list $t/status | cut -f 2) ;; esac; done;"
            + " awk '$1 == \"HugetlbPages:\" { print \"huge pages\", $2 }' /proc/$pid/status; echo swtpm $(pgrep -c swtpm); ls /var/lib/libvirt/qemu/nvram/lab_VARS.fd;"
            + $" echo pool $(virsh vol-pool /var/lib/libvirt/images/lab.qcow2); echo starts $({GuestStarts.Command("lab")})");
        foreach (var wanted in new[] { "running", "groups 2", "vcpu on 1", "huge pages 262144", "swtpm 1", "lab_VARS.fd", "pool passthrough-host-", "starts empty guest" })
        {
            if (!seen.Contains(wanted, StringComparison.Ordinal))
            {
                throw new RehearsalException($"'{wanted}' is not to be seen of the guest:\n{seen}");
            }
        }

        // Nobody waits for its firmware, which looks for a system on an emulated processor and would keep the host from all that comes now.
        await OnHostAsync("virsh schedinfo lab --live vcpu_quota=5000");
        return "running, with three devices in two vfio groups, its vCPU on CPU 1, huge pages, TPM and NVRAM; its disk in a pool; started once, and nothing of it before";
    }

    private async Task<string> EmptyAsync()
    {
        var run = await engine.RunAsync("preview", ["--expect-no-changes"], stopping);
        return run.Code == 0 ? "no changes" : throw new RehearsalException($"the preview is not empty: `{run.Command}` exited with {run.Code}");
    }

    private async Task<string> DriftAsync()
    {
        var run = await engine.RunAsync("preview", ["--expect-no-changes"], stopping);
        string[] shown = ["drift on the host (boot)", "-GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX intel_iommu=on iommu=pt quiet"];
        foreach (var wanted in hasModprobeFile ? [.. shown, $"+++ {ModprobeFile}"] : shown)
        {
            if (!run.Output.Contains(wanted, StringComparison.Ordinal))
            {
                throw new RehearsalException($"the preview does not show '{wanted}'");
            }
        }

        if (run.Code != Changes)
        {
            throw new RehearsalException($"`{run.Command}` exited with {run.Code}, and a host that was changed is {Changes}");
        }

        // What differs, and the question before the first write, which goes before every change.
        return run.Planned.ToList() is [(2, "to update")]
            ? $"preflight and one update, {(hasModprobeFile ? "two files" : "one file")} in its diff"
            : throw new RehearsalException($"the preview plans {run.ChangesText}, not preflight and one update");
    }

    private async Task<VerbRun> SucceedsAsync(string verb, params string[] options)
    {
        var run = await engine.RunAsync(verb, options, stopping);
        return run.Code == 0 ? run : throw new RehearsalException($"`{run.Command}` exited with {run.Code}");
    }

    private Task<string> OnHostAsync(string command) => lab.OnHostAsync(command, stopping);

    private static string Expect(VerbRun run, string words, int atLeast = 0, int? exactly = null)
    {
        var count = run.Changes.LastOrDefault(c => c.Words == words).Count;
        return (exactly is null ? count >= atLeast : count == exactly)
            ? $"{count} {words}"
            : throw new RehearsalException($"{count} {words}, and it should be {exactly ?? atLeast}");
    }
}
