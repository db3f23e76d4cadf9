using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Several guests of one machine: what one of them has to do with the others.</summary>
public sealed class GuestsTests
{
    private const string First = "{ name: win10, memory: 1GiB, cpus: { cores: 2, pin: auto }, disk: { path: /srv/win10.qcow2, size: 1GiB }, devices: [usb] }";

    private const string Second = "{ name: second, memory: 1GiB, cpus: { cores: 2, pin: auto }, disk: { path: /srv/second.qcow2, size: 1GiB }, devices: [] }";

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with
    {
        Receipts = [],
        Guest = new() { Libvirt = new() { Answers = true, LoginAllowed = true } },
    };

    [Fact]
    public void A_guest_that_is_added_or_changed_after_another_changes_nothing_the_other_is_given()
    {
        var alone = HostPlan.Make(Read(First), Bare);
        foreach (var more in (string[])[Second, Second.Replace("cores: 2", "cores: 1", StringComparison.Ordinal), Second.Replace("pin: auto", "pin: [2, 3]", StringComparison.Ordinal)])
        {
            var both = HostPlan.Make(Read(First, more), Bare);
            Assert.All((string[])["media-win10", "storage-win10", "guest-win10", "libvirt"], c => Assert.Equal(HostScript.Input(alone[c].Plan), HostScript.Input(both[c].Plan)));
        }
    }

    [Fact]
    public void Guests_are_placed_one_after_the_other_and_share_no_core()
    {
        var (first, second) = (GuestPinning.Plan(DeclaredGuest.Find(Read(First, Second), "win10"), Bare), GuestPinning.Plan(DeclaredGuest.Find(Read(First, Second), "second"), Bare));
        Assert.Equal((2, 2), (first.Cpus.Cpus.Count, second.Cpus.Cpus.Count));
        Assert.Empty(first.Cpus.Cpus.Intersect(second.Cpus.Cpus));
        Assert.DoesNotContain(0, second.Cpus.Cpus);
        Assert.Empty(second.Emulator!.Cpus.Intersect(first.Cpus.Cpus));
        Assert.Contains("which win10 has", second.Explanation, StringComparison.Ordinal);

        // Six cores: one is the host's, and the third guest finds one left.
        var third = Second.Replace("second", "third", StringComparison.Ordinal);
        Assert.True(GuestPinning.Plan(DeclaredGuest.Find(Read(First, Second, third), "third"), Bare).Failed);
    }

    [Fact]
    public void Pins_that_two_guests_are_given_are_told_of_the_later_one()
    {
        var spec = Read(First.Replace("pin: auto", "pin: [2, 3]", StringComparison.Ordinal), Second.Replace("pin: auto", "pin: [3, 4]", StringComparison.Ordinal));
        var told = Assert.Single(HostPlan.Make(spec, Bare).Findings, f => f.Problem == "vCPUs of win10 are on CPU 3 too");
        Assert.Equal(("machine.guests[1] (second).cpus.pin", Severity.Warning), (told.Subject, told.Severity));
    }

    [Fact]
    public void Isolation_keeps_the_CPUs_of_all_guests_and_names_all_of_them()
    {
        var plan = HostPlan.Make(With("isolation: { cpus: auto }", First, Second), Bare);
        var configured = plan["isolation"].Plan.Files[0].Content!;
        Assert.Contains("guests=/win10//second/", configured.Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var kept = CpuSet.Parse(configured.Split('\n').Single(l => l.StartsWith("guest_cpus=", StringComparison.Ordinal))["guest_cpus=".Length..]);
        Assert.Equal(4, kept.Cpus.Count);
        Assert.All(DeclaredGuest.Of(Read(First, Second)), g => Assert.All(GuestPinning.Plan(g, Bare).Cpus.Cpus, c => Assert.Contains(c, kept.Cpus)));
    }

    [Fact]
    public void Receipts_of_a_release_that_knew_one_guest_are_those_of_the_guest_they_name_and_its_commands_keep_their_text()
    {
        var applied = Applied(Read(First));
        foreach (var spec in (MachineSpec[])[Read(First), Read(Second.Replace(", pin: auto", "", StringComparison.Ordinal), First), Read(First, Second)])
        {
            var plan = HostPlan.Make(spec, applied);
            Assert.Equal("win10", plan.FormerGuest);
            foreach (var kind in (string[])["media", "storage", "guest"])
            {
                Assert.Empty(plan[$"{kind}-win10"].Differences);
                Assert.Contains($"\nCONCERN={kind}\n", HostScript.Input(plan[$"{kind}-win10"].Plan), StringComparison.Ordinal);
                Assert.Equal("t0", plan[$"{kind}-win10"].Token);
                if (spec.Guests.Count > 1)
                {
                    Assert.False(plan[$"{kind}-second"].IsApplied);
                    Assert.Contains($"\nCONCERN={kind}-second\n", HostScript.Input(plan[$"{kind}-second"].Plan), StringComparison.Ordinal);
                }
            }

            // The text of libvirt's command names its UUID.
            Assert.Contains($"UUID={DeclaredGuest.Find(spec, "win10").Spec.Uuid}", HostScript.Input(plan["libvirt"].Plan), StringComparison.Ordinal);
        }

        // What changes is written under the new name.
        var changed = HostPlan.Make(Read(First.Replace("1GiB, cpus", "2GiB, cpus", StringComparison.Ordinal)), applied);
        Assert.All(changed["guest-win10"].Differences, d => Assert.Equal(Cause.Change, d.Cause));
        Assert.Contains("\nCONCERN=guest-win10\n", HostScript.Input(changed["guest-win10"].Plan), StringComparison.Ordinal);
        Assert.Contains("\nCONCERN=media\n", HostScript.Input(changed["media-win10"].Plan), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_is_in_the_list_no_more_is_told_and_no_other_takes_its_receipts()
    {
        var plan = HostPlan.Make(Read(Second), Applied(Read(First)));
        Assert.Null(plan.FormerGuest);
        Assert.False(plan["guest-second"].IsApplied);
        Assert.Contains(plan.Findings, f => f.Subject == "machine.guests" && f.Problem.StartsWith("the guest win10 is on the host, and not in the list any more", StringComparison.Ordinal));

        var renamed = Bare with { Receipts = [new() { Concern = "guest-win10", Token = "t", Digest = "d" }] };
        Assert.Contains(HostPlan.Make(Read(Second), renamed).Findings, f => f.Problem.StartsWith("the guest win10 is on the host", StringComparison.Ordinal));
        Assert.DoesNotContain(HostPlan.Make(Read(First), renamed).Findings, f => f.Problem.StartsWith("the guest win10 is on the host", StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_that_takes_the_disk_of_one_that_is_in_the_list_no_more_is_a_renaming_and_refused()
    {
        var renamed = Second.Replace("/srv/second.qcow2", "/srv/win10.qcow2", StringComparison.Ordinal);
        var told = Assert.Single(HostPlan.Make(Read(renamed), Applied(Read(First))).Errors, f => f.Subject == "machine.guests");
        Assert.Equal("second has a disk of the guest win10, which is on the host and not in the list any more", told.Problem);
        Assert.Contains("take the name win10 again", told.Remedy, StringComparison.Ordinal);

        var later = Bare with { Receipts = [Receipt("guest-win10"), Receipt("media-win10", "disk /srv/win10.qcow2")] };
        Assert.Contains(HostPlan.Make(Read(renamed), later).Errors, f => f.Problem.StartsWith("second has a disk of the guest win10", StringComparison.Ordinal));
        Assert.DoesNotContain(HostPlan.Make(Read(Second), later).Errors, f => f.Subject == "machine.guests");
    }

    [Fact]
    public void A_group_goes_to_one_guest_as_a_whole()
    {
        const string Cards = "- { name: gpu, address: \"01:00.0\", id: \"10de:1f82\" }\n- { name: gpu-audio, address: \"01:00.1\", id: \"10de:10fa\" }";
        var one = First.Replace("[usb]", "[gpu]", StringComparison.Ordinal);
        var two = Second.Replace("devices: []", "devices: [gpu-audio]", StringComparison.Ordinal);
        var told = Assert.Single(HostPlan.Make(Devices(Cards, one, two), Bare).Errors, f => f.Problem.Contains("IOMMU group", StringComparison.Ordinal));
        Assert.Equal("01:00.1 of second and 01:00.0 of win10 are in one IOMMU group (1): a group goes to one guest as a whole", told.Problem);
        var both = one.Replace("[gpu]", "[gpu, gpu-audio]", StringComparison.Ordinal);
        Assert.DoesNotContain(HostPlan.Make(Devices(Cards, both, Second), Bare).Errors, f => f.Problem.Contains("of win10", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_one_guest_has_Looking_Glass()
    {
        string Glass(string guest) => guest.Replace("memory: 1GiB", "memory: 1GiB, lookingGlass: { sizeMiB: 32 }", StringComparison.Ordinal);
        var told = Assert.Throws<SpecException>(() => Read(Glass(First), Glass(Second)));
        Assert.Contains("guests[1].lookingGlass", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Which_guest_has_the_former_resources_is_known_from_any_receipt_that_names_it()
    {
        var facts = Bare with { Receipts = [Receipt("guest-win10"), Receipt("libvirt") with { Guest = "win10" }] };
        Assert.Equal("win10", HostPlan.Make(Read(Second, First), facts).FormerGuest);
    }

    [Fact]
    public void A_definition_is_kept_first_if_libvirt_did_not_say_which_domains_there_are()
    {
        var silent = Bare with { Guest = Bare.Guest! with { Libvirt = new() { Answers = false } } };
        var uuid = Read(First).Guests[0].Uuid.ToString();
        var first = HostPlan.Make(Read(First), silent)["libvirt"];
        Assert.Equal(uuid, first.Plan.Variables["TAKEN"]);

        // Once it has said so, the text stays what it was.
        var applied = Bare with { Receipts = [AppliedHost.Receipt(first.Plan, silent) with { Settings = first.Plan.Settings.ToDictionary(s => s.Name, s => s.Wanted) }] };
        var again = HostPlan.Make(Read(First), applied)["libvirt"];
        Assert.Equal(HostScript.Input(first.Plan), HostScript.Input(again.Plan));
        Assert.Empty(again.Differences);
    }

    private static Receipt Receipt(string concern, params string[] settings) =>
        new() { Concern = concern, Token = "t", Digest = "d", Settings = settings.ToDictionary(s => s, _ => "") };

    [Fact]
    public void A_domain_that_is_taken_over_is_told_and_its_definition_kept_before_it_and_that_changes_nothing_again()
    {
        var uuid = "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10";
        var spec = Read(First, Second.Replace("{ name: second", $"{{ name: second, uuid: {uuid}", StringComparison.Ordinal));
        var applied = Applied(Read(First));
        applied = applied with { Guest = applied.Guest! with { Domains = [.. applied.Guest.Domains, new() { Name = "second", Uuid = uuid, State = "shut off" }] } };
        var libvirt = HostPlan.Make(spec, applied)["libvirt"];
        Assert.Equal($"domain {uuid} is taken over: its definition is kept first", Assert.Single(libvirt.Differences).Text);
        Assert.Equal(uuid, libvirt.Plan.Variables["TAKEN"]);

        var again = applied with { Receipts = [.. applied.Receipts.Where(r => r.Concern != "libvirt"), AppliedHost.Receipt(libvirt.Plan, applied)] };
        Assert.Equal(HostScript.Input(libvirt.Plan), HostScript.Input(HostPlan.Make(spec, again)["libvirt"].Plan));
        Assert.Empty(HostPlan.Make(spec, again)["libvirt"].Differences);
    }

    [Fact]
    public void Scripts_are_on_the_host_once_for_all_guests()
    {
        var bring = HostScript.Bring(ConcernList.Scripts);
        Assert.Single(bring.Split('\n'), l => l.StartsWith("bring guest ", StringComparison.Ordinal));
        Assert.Contains("SCRIPT=/var/lib/passthrough-host/scripts/guest.sh", HostScript.Input(HostPlan.Make(Read(First, Second), Bare)["guest-second"].Plan), StringComparison.Ordinal);
    }

    [Fact]
    public void A_concern_that_was_taken_out_of_the_spec_is_reverted_by_the_script_of_the_update_that_does_so()
    {
        // Its command is deleted with what is in the state, which runs the host's copy.
        var bring = HostScript.Bring(ConcernList.Scripts);
        var wanted = ConcernList.Wanted(Read(First)).Select(c => c.Script.Name).ToHashSet();
        Assert.DoesNotContain("isolation.sh", wanted);
        Assert.All(wanted.Concat(["isolation.sh", "sriov.sh", "memory.sh", "network.sh"]), s => Assert.Contains($"\nbring {Path.GetFileNameWithoutExtension(s)} ", bring, StringComparison.Ordinal));
    }

    // A host as a release left it that knew one guest: its receipts are of guest, media and storage, and say nothing of what was taken over.
    private static HostFacts Applied(MachineSpec spec)
    {
        var guest = spec.Guests[0];
        var medium = new MediumFacts { Path = "/srv/win10.qcow2", Kind = MediumKind.File, VirtualBytes = 1L << 30, Format = "qcow2", Pool = "p" };
        var facts = Bare with { Guest = Bare.Guest! with { Media = [medium], Pools = [new() { Name = "p", Type = "dir", Target = "/srv", Active = true, Autostart = true }] } };
        var definition = HostPlan.Make(spec, facts).GuestDefinition("win10");
        facts = facts with
        {
            Guest = facts.Guest! with
            {
                Guests = [new() { Name = "win10", Definition = definition, AsDefined = definition }],
                Domains = [new() { Name = "win10", Uuid = guest.Uuid.ToString()!, State = "shut off" }],
            },
        };
        return facts with
        {
            Receipts =
            [
                .. HostPlan.Make(spec, facts).Concerns.Select(c => AppliedHost.Receipt(c.Plan, facts)).Select(r => r with
                {
                    Concern = r.Concern.Split('-') is [("guest" or "media" or "storage") and var kind, _] ? kind : r.Concern,
                    Choices = r.Concern == "libvirt" ? new Dictionary<string, ChoiceFacts>() : r.Choices,
                }),
            ],
        };
    }

    private static MachineSpec Read(params string[] guests) => With("", guests);

    private static MachineSpec Devices(string devices, params string[] guests) => With("", devices, guests);

    private static MachineSpec With(string more, params string[] guests) => With(more, "- { name: usb, address: \"04:00.0\", id: \"1912:0014\" }", guests);

    private static MachineSpec With(string more, string devices, string[] guests) => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $$"""
            connection: { host: gpu-host.internal, hostKey: insecure-accept-any }
            packages: { manage: false }
            devices:
            {{devices}}
            {{more}}
            guests: [{{string.Join(", ", guests)}}]
            """)),
        "project/stack/host");
}
