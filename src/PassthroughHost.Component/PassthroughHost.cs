using System.Collections.Immutable;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Concerns.Libvirt;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Remote = Pulumi.Command.Remote;

namespace PassthroughInfra.Component;

/// <summary>
/// A machine as a KVM PCI-passthrough host. At every preview and update it reads the machine once, plans, shows what differs and why, and
/// registers one command for each concern, in the order they are applied.
/// </summary>
/// <remarks>
/// A preview writes nothing to the host. An update stops before any write where the host cannot be read or a check forbids it.
/// Destroying it puts every file back as it was before the first update.
/// </remarks>
public sealed class PassthroughHost : ComponentResource
{
    /// <summary>The component's type token.</summary>
    public const string Token = "passthrough-infra:index:PassthroughHost";

    /// <summary>Declares a host.</summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="args">What the machine is to be, and how it is reached.</param>
    /// <param name="options">Options of the component.</param>
    /// <exception cref="RunException">The spec names a file that cannot be read, or this is an update and the host cannot be read, or a check forbids the plan.</exception>
    public PassthroughHost(string name, PassthroughHostArgs args, ComponentResourceOptions? options = null)
        : base(Token, name, options)
    {
        var spec = GuestIdentity.Pin(args.Machine, $"{Deployment.Instance.ProjectName}/{Deployment.Instance.StackName}/{name}");
        var root = args.RootDirectory ?? Environment.GetEnvironmentVariable("PULUMI_ROOT_DIRECTORY") ?? Environment.CurrentDirectory;
        Endpoint endpoint;
        Endpoint? proxy;
        HostFacts? recorded;
        try
        {
            endpoint = Endpoint.Read(spec.Connection, "machine.connection", root, args.Host, args.PrivateKey);
            proxy = spec.Connection.Proxy is { } bastion ? Endpoint.Read(bastion, "machine.connection.proxy", root) : null;
            recorded = spec.Facts is { } file && Deployment.Instance.IsDryRun ? HostReader.ReadRecorded(file, root) : null;
        }
        catch (SpecException e)
        {
            throw new RunException(e.Message);
        }

        var ownsDomain = spec.Guests.Any(g => g.IsOfProvider);
        var embedded = Environment.GetEnvironmentVariable(LibvirtAddress.EngineVariable) == "embedded";
        if (ownsDomain && LibvirtAddress.Problems(spec.Connection, embedded).ToList() is { Count: > 0 } problems)
        {
            throw new RunException(new SpecException(problems).Message);
        }

        if (endpoint.HostKey is null || (proxy is not null && proxy.HostKey is null))
        {
            Log.Warn($"connection.hostKey is {ConnectionSpec.AcceptAnyHostKey}: whoever answers at that address is trusted, and given root commands.", this);
        }

        var reading = recorded is not null
            ? Output.Create(new Reading(recorded, ""))
            : HostProbe.Read(endpoint, proxy, spec, new InvokeOptions { Parent = this });
        if (recorded is null)
        {
            HostPlan.Prepare(spec);
        }

        var plan = reading.Apply(Awaken).Apply(r => Equip(Report(spec, r, recorded is not null, embedded, args.IsolateFailure), r.Facts));

        CustomResource? previous = null;
        Remote.Command? libvirt = null;
        foreach (var concern in ConcernList.OfHost.Where(c => c.IsWanted(spec)))
        {
            var command = Register(name, concern, spec, endpoint.ToConnection(proxy, concern.WaitsForHost), plan, previous);
            libvirt = concern is LibvirtConcern ? command : libvirt;
            previous = command;
        }

        // Each guest is a chain of its own: it waits for the host, and for no other guest.
        var domains = ownsDomain ? new GuestDomains(name, spec, endpoint, root, plan, libvirt!, this) : null;
        var ends = spec.Guests.Select(g => Register(name, g, spec, endpoint.ToConnection(proxy, waits: false), plan, previous!, domains)).ToList();
        if (ends.Count == 0 && previous is Remote.Command last)
        {
            ends.Add(last);
        }

        // With --continue-on-error a command that failed has its URN, but no output.
        var dryRun = Deployment.Instance.IsDryRun;
        Ready = Output.All(ends.Select(e => dryRun ? e.Urn : e.Stdout)).Apply(_ => true);
        InSync = plan.Apply(p => !dryRun || (p.HostWasRead && p.Refusal is null && !p.Differences.Any()));
        Differences = plan.Apply(p => !dryRun ? [] : Shown(p).Select(d => $"{Word(d.Cause)}: {d.Text}").ToImmutableArray());
        Drift = plan.Apply(p => !dryRun ? [] : Shown(p).Where(d => d.Cause is Cause.Drift or Cause.Unknown).Select(d => d.Text).ToImmutableArray());
        Findings = plan.Apply(p => p.Findings.Select(f => f.ToString()).ToImmutableArray());
        Devices = Output.Create(spec.Devices.ToImmutableDictionary(d => d.Name, d => d.Address.ToString()));
        Refusal = plan.Apply(p => p.Refusal ?? "");
        GuestUuids = Output.Create(spec.Guests.ToImmutableDictionary(g => g.Name.ToString(), g => g.Uuid.ToString()!));
        LibvirtUri = endpoint.Host.ToOutput().Apply(host => LibvirtAddress.Plain(spec.Connection, host));
        Bridge = Output.Create(spec.Network?.AllBridges().Select(b => b.Bridge.Bridge.ToString()).FirstOrDefault());
        RegisterOutputs(new Dictionary<string, object?>
        {
            ["ready"] = Ready,
            ["inSync"] = InSync,
            ["differences"] = Differences,
            ["drift"] = Drift,
            ["findings"] = Findings,
            ["devices"] = Devices,
            ["guestUuids"] = GuestUuids,
            ["libvirtUri"] = LibvirtUri,
            ["bridge"] = Bridge,
        });

        // What is to be done with guests is planned from what libvirt has of them; where the plan is refused for anything else, nothing is waited for.
        Output<Reading> Awaken(Reading read)
        {
            if (Deployment.Instance.IsDryRun || !LibvirtAnswer.IsDue(read.Facts, spec) || HostPlan.Make(spec, read.Facts).Errors.Any())
            {
                return Output.Create(read);
            }

            Log.Info($"{LibvirtAnswer.Words(read.Facts!)}: waiting for it, 15 minutes at most; nothing is written before.", this);
            return HostProbe.AwaitLibvirt(endpoint, proxy, spec, new InvokeOptions { Parent = this }).Apply(failure => failure.Length > 0
                ? Output.Create(read with { Failure = failure })
                : HostProbe.Read(endpoint, proxy, spec, new InvokeOptions { Parent = this }));
        }

        // The scripts are on the host before its commands want them. A preview writes nothing.
        Output<HostPlan> Equip(HostPlan made, HostFacts? facts) =>
            Deployment.Instance.IsDryRun || made.Refusal is not null || facts?.Scripts == HostScript.Digest(ConcernList.Scripts)
                ? Output.Create(made)
                : HostProbe.Bring(endpoint, proxy, spec, new InvokeOptions { Parent = this }).Apply(failure =>
                    failure.Length == 0 ? made : made with { Refusal = Stop($"{Where(spec)} could not be given this release's scripts: {failure}\nNothing was changed.", args.IsolateFailure) });
    }

    /// <summary>True once every concern is applied and verified: depend on it for what comes after the host.</summary>
    [Output("ready")]
    public Output<bool> Ready { get; private set; }

    /// <summary>Whether the host is as declared: at preview as it was read, after an update true.</summary>
    [Output("inSync")]
    public Output<bool> InSync { get; private set; }

    /// <summary>What differs: at preview unified diffs and <c>name: live -> wanted</c>, after an update nothing.</summary>
    [Output("differences")]
    public Output<ImmutableArray<string>> Differences { get; private set; }

    /// <summary>The part of <see cref="Differences"/> that somebody else made: at preview what changed on the host since it was last applied, after an update nothing.</summary>
    [Output("drift")]
    public Output<ImmutableArray<string>> Drift { get; private set; }

    /// <summary>The PCI addresses of the devices by their names in the spec, as sysfs and libvirt write them: <c>0000:01:00.0</c>.</summary>
    [Output("devices")]
    public Output<ImmutableDictionary<string, string>> Devices { get; private set; }

    /// <summary>Why nothing is written, where <see cref="PassthroughHostArgs.IsolateFailure"/>; empty where nothing stands against it. Not kept in the state.</summary>
    public Output<string> Refusal { get; private set; }

    /// <summary>What the planners had to say.</summary>
    [Output("findings")]
    public Output<ImmutableArray<string>> Findings { get; private set; }

    /// <summary>The UUIDs of the guests by their names.</summary>
    [Output("guestUuids")]
    public Output<ImmutableDictionary<string, string>> GuestUuids { get; private set; }

    /// <summary>The host's libvirt, for other providers and tools: <c>qemu+ssh://ops@gpu-host.internal/system</c>.</summary>
    [Output("libvirtUri")]
    public Output<string> LibvirtUri { get; private set; }

    /// <summary>The first bridge of the spec, for guests of other resources; null where the spec has no network.</summary>
    [Output("bridge")]
    public Output<string?> Bridge { get; private set; }

    // A guest's commands and its domain; the last of them.
    private Remote.Command Register(
        string name, GuestSpec guest, MachineSpec spec, Remote.Inputs.ConnectionArgs connection, Output<HostPlan> plan, CustomResource host, GuestDomains? domains)
    {
        var previous = host;
        Remote.Command? last = null;
        foreach (var concern in ConcernList.OfGuest($"{guest.Name}").Where(c => c.IsWanted(spec)))
        {
            if (concern is GuestConcern && guest.IsOfProvider)
            {
                previous = domains!.Register(guest, previous);
            }

            previous = last = Register(name, concern, spec, connection, plan, previous);
        }

        return last!;
    }

    private Remote.Command Register(
        string name,
        IConcern concern,
        MachineSpec spec,
        Remote.Inputs.ConnectionArgs connection,
        Output<HostPlan> plan,
        CustomResource? previous)
    {
        var apply = plan.Apply(p => p.Refusal is null ? HostScript.Apply(spec.Connection.User, p[concern.Name]) : HostScript.Refuse(spec.Connection.User, p[concern.Name]));
        var options = new CustomResourceOptions
        {
            Parent = this,
            // Only the update text follows the token; a changed create text would say the same twice.
            IgnoreChanges = { "create" },
            CustomTimeouts = new CustomTimeouts { Create = concern.Timeout(spec), Update = concern.Timeout(spec), Delete = concern.Timeout(spec) },
        };
        if (previous is not null)
        {
            options.DependsOn.Add(previous);
        }

        if (concern is IGuestConcern own)
        {
            options.Aliases.Add(GuestDomains.Alias(plan, own.Guest, $"{name}-{own.FormerName}", $"{name}-{own.Name}"));
        }

        return new(
            $"{name}-{concern.Name}",
            new Remote.CommandArgs
            {
                Connection = connection,
                Create = apply,
                Update = apply,
                Delete = HostScript.Revert(spec.Connection.User),
                Stdin = plan.Apply(p => p.Refusal is null ? HostScript.Input(p[concern.Name].Plan) : HostScript.Refusal(p.Refusal)),
                Logging = Remote.Logging.StdoutAndStderr,
                AddPreviousOutputInEnv = false,
            },
            options);
    }

    // Says what was found; stops an update that must not go on.
    private HostPlan Report(MachineSpec spec, Reading reading, bool recorded, bool embedded, bool failsAlone)
    {
        var dryRun = Deployment.Instance.IsDryRun;
        string? refusal = null;
        if (OperatorChecks.Of(spec, reading.Operator, embedded).ToList() is { Count: > 0 } missing)
        {
            refusal = Stop($"An update could not come to its end from this machine; nothing was written.\n{string.Join('\n', missing)}", failsAlone);
        }

        if (reading.Facts is null)
        {
            var text = reading.FailedHere ? $"This machine cannot read {Where(spec)}: {reading.Failure}" : $"{Where(spec)} could not be read: {reading.Failure}";
            if (!dryRun || failsAlone)
            {
                var remedy = reading.FailedHere ? "" : " See whether the host is up and connection in the spec is right, then update again.";
                refusal ??= Stop($"{text}\nNothing was written.{remedy}", failsAlone);
            }
            else
            {
                Log.Warn($"{text}\nThis preview is made from the spec alone: what differs on the host is not known.", this);
            }
        }

        var plan = HostPlan.Make(spec, reading.Facts);
        if (plan.Errors.Any())
        {
            refusal ??= Stop($"The host cannot become what the spec says; nothing was written.\n{string.Join('\n', plan.Errors)}", failsAlone);
        }

        if (!dryRun && LibvirtAnswer.IsDue(reading.Facts, spec))
        {
            refusal ??= Stop(LibvirtAnswer.Refusal(reading.Facts!, reading.Failure), failsAlone);
        }

        if (refusal is not null)
        {
            Log.Warn(refusal, this);
            return plan with { Refusal = refusal };
        }

        if (reading is { Facts: { } host, Operator.BootId: { Length: > 0 } here } && here == host.Boot.BootId && PlannedReboot.Of(spec, host).IsMade)
        {
            plan = plan with
            {
                Preconditions =
                [
                    .. plan.Preconditions,
                    new(
                        "restart",
                        PreconditionVerdict.Caution,
                        "this machine is the host itself: the update ends in the middle, when it reboots the host",
                        "log in again afterwards and run the same update: it goes on from there, verifies the boot and does the rest",
                        "machine.boot.reboot"),
                ],
            };
        }

        foreach (var finding in plan.Findings)
        {
            Say(finding);
        }

        if (dryRun)
        {
            if (recorded)
            {
                Log.Info($"Planned from the recorded probe {spec.Facts}; the host itself was not read.", this);
            }

            foreach (var group in Shown(plan).GroupBy(d => (d.Concern, d.Cause)))
            {
                Say(group.Key.Concern, group.Key.Cause, group.Select(d => d.Text));
            }
        }

        return plan;
    }

    private static string Where(MachineSpec spec) => $"{spec.Connection.User}@{spec.Connection.Host}:{spec.Connection.Port}";

    private static string Stop(string reason, bool failsAlone) => failsAlone ? reason : throw new RunException(reason);

    private void Say(Finding finding)
    {
        if (finding.Severity == Severity.Warning)
        {
            Log.Warn(finding.ToString(), this);
        }
        else
        {
            Log.Info(finding.ToString(), this);
        }
    }

    private void Say(string concern, Cause cause, IEnumerable<string> differences)
    {
        var text = $"{Word(cause)} ({concern})\n{string.Join('\n', differences)}";
        if (cause is Cause.Drift or Cause.Unknown or Cause.Unread)
        {
            Log.Warn(text, this);
        }
        else
        {
            Log.Info(text, this);
        }
    }

    // Two concerns may look at the same thing (what a restart is for is verified after it): it is said once.
    private static IEnumerable<Difference> Shown(HostPlan plan) => plan.Differences.DistinctBy(d => (d.Cause, d.Text));

    private static string Word(Cause cause) => cause switch
    {
        Cause.New => "to be applied",
        Cause.Change => "changed in the spec",
        Cause.Host => "the host has changed by itself",
        Cause.Unknown => "not known who: the receipts are missing",
        Cause.Unread => "not known: libvirt does not answer",
        _ => "drift on the host",
    };
}
