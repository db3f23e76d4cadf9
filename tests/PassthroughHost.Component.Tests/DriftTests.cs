using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

public sealed class DriftTests
{
    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly ConcernPlan Wanted = new()
    {
        Concern = "boot",
        Script = new("boot.sh"),
        Files = [new("/etc/a.conf", "one\ntwo\n")],
        Settings = [new("target", "multi-user", "multi-user")],
    };

    [Fact]
    public void A_host_as_wanted_gives_the_token_of_its_receipt()
    {
        var state = DriftDetector.Compare(Wanted, Applied(Wanted, "one\ntwo\n"));
        Assert.True(state.InSync);
        Assert.Equal("t0", state.Token);
    }

    [Fact]
    public void A_file_changed_on_the_host_is_drift_and_shown_as_a_unified_diff()
    {
        var state = DriftDetector.Compare(Wanted, Applied(Wanted, "one\nTWO\n"));
        var difference = Assert.Single(state.Differences);
        Assert.Equal(Cause.Drift, difference.Cause);
        Assert.Equal("--- /etc/a.conf\n+++ /etc/a.conf\n@@ -1,2 +1,2 @@\n one\n-TWO\n+two", difference.Text);
        Assert.NotEqual("t0", state.Token);
    }

    [Fact]
    public void A_drifted_file_has_the_time_of_its_change_beside_its_name_and_one_of_the_spec_has_not()
    {
        var facts = Applied(Wanted, "one\nTWO\n");
        facts = facts with { Files = [facts.Files[0] with { ModifiedAt = 1795900447 }] };
        Assert.StartsWith("--- /etc/a.conf\t2026-11-28 21:14:07 +0000\n+++ /etc/a.conf\n", DriftDetector.Compare(Wanted, facts).Differences[0].Text, StringComparison.Ordinal);

        facts = Applied(Wanted, "one\ntwo\n");
        facts = facts with { Files = [facts.Files[0] with { ModifiedAt = 1795900447 }] };
        var change = DriftDetector.Compare(Wanted with { Files = [new("/etc/a.conf", "one\n2\n")] }, facts);
        Assert.StartsWith("--- /etc/a.conf\n", change.Differences[0].Text, StringComparison.Ordinal);
        Assert.Equal("t0", DriftDetector.Compare(Wanted, facts).Token);
    }

    [Fact]
    public void A_healed_host_gives_back_the_token_and_the_remark_it_was_healed_with()
    {
        var drifted = DriftDetector.Compare(Wanted, Applied(Wanted, "one\nTWO\n"));
        Assert.Equal("drift: /etc/a.conf", drifted.Remark);
        var healed = Applied(Wanted, "one\ntwo\n");
        var state = DriftDetector.Compare(Wanted, healed with { Receipts = [healed.Receipts[0] with { Token = drifted.Token, Remark = drifted.Remark }] });
        Assert.Equal(HostScript.Apply("ops", drifted), HostScript.Apply("ops", state));
    }

    [Fact]
    public void A_file_changed_in_the_spec_is_a_change()
    {
        var state = DriftDetector.Compare(Wanted with { Files = [new("/etc/a.conf", "one\n2\n")] }, Applied(Wanted, "one\ntwo\n"));
        Assert.Equal([Cause.Change], state.Differences.Select(d => d.Cause));
    }

    [Fact]
    public void A_file_whose_mode_was_changed_is_drift()
    {
        var facts = Applied(Wanted, "one\ntwo\n");
        var state = DriftDetector.Compare(Wanted, facts with { Files = [facts.Files[0] with { Mode = "666" }] });
        Assert.Equal("/etc/a.conf: mode 666 root:root -> 644 root:root", Assert.Single(state.Differences).Text);
    }

    [Fact]
    public void A_setting_that_left_its_wanted_value_is_shown_with_both()
    {
        var state = DriftDetector.Compare(Wanted with { Settings = [new("target", "graphical", "multi-user")] }, Applied(Wanted, "one\ntwo\n"));
        var difference = Assert.Single(state.Differences);
        Assert.Equal((Cause.Drift, "target: graphical -> multi-user"), (difference.Cause, difference.Text));
    }

    [Fact]
    public void A_file_that_is_no_longer_wanted_is_a_change_that_names_it()
    {
        var state = DriftDetector.Compare(Wanted with { Files = [] }, Applied(Wanted, "one\ntwo\n"));
        Assert.Contains("/etc/a.conf: no longer wanted", Assert.Single(state.Differences).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_set_up_anew_in_the_state_of_before_gets_another_token()
    {
        var first = DriftDetector.Compare(Wanted, Bare);
        var later = DriftDetector.Compare(Wanted, Bare with { Boot = Bare.Boot with { ReadAt = Bare.Boot.ReadAt + 60 } });
        Assert.NotEqual(first.Token, later.Token);
    }

    [Fact]
    public void A_host_that_agrees_by_chance_is_still_applied_once() =>
        Assert.False(DriftDetector.Compare(Wanted, Applied(Wanted, "one\ntwo\n") with { Receipts = [] }).InSync);

    private static HostFacts Applied(ConcernPlan plan, string content) => Bare with
    {
        Files = [new() { Path = "/etc/a.conf", Kind = FileKind.Regular, Mode = "644", Owner = "root:root", Content = content }],
        Receipts =
        [
            new()
            {
                Concern = plan.Concern,
                Token = "t0",
                Digest = DriftDetector.Digest(plan),
                Files = plan.Files.ToDictionary(f => f.Path, DriftDetector.FileDigest),
                Settings = plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
            },
        ],
    };
}
