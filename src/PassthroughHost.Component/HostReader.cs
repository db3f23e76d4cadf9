using System.ComponentModel;
using System.Diagnostics;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component;

/// <summary>
/// Reads a host with the component's own probe, without Pulumi: what <c>passthrough doctor</c>, <c>init</c> and <c>drift</c> see is what a
/// preview sees. Nothing is written to the host.
/// </summary>
public static class HostReader
{
    /// <summary>
    /// A spec for looking at a machine before it has a stack: it asks for nothing in particular, and its reading has what any stack could
    /// want to know, so that a recorded probe serves whatever is declared later.
    /// </summary>
    /// <param name="connection">How the machine is reached.</param>
    public static MachineSpec Survey(ConnectionSpec connection) => new()
    {
        Connection = connection,
        Devices = [new() { Name = "any", Address = default, Id = default }],
        Packages = new() { Set = PackageSet.Walkthrough },
        Network = new(),
        HugePages = new(),
        Desktop = false,
    };

    /// <summary>Reads the host a spec names, over one SSH session.</summary>
    /// <param name="spec">How it is reached, and which packages and files are of interest. Its <c>facts</c> are not looked at.</param>
    /// <param name="root">The directory relative paths of the spec start from.</param>
    /// <param name="stopping">Ends the reading.</param>
    /// <exception cref="SpecException">A file the spec names cannot be read.</exception>
    /// <exception cref="ProbeException">What came back is no reading: cut short, or from something else.</exception>
    public static async Task<Reading> ReadAsync(MachineSpec spec, string root, CancellationToken stopping)
    {
        var variables = new Dictionary<string, string> { ["PH_COMMAND"] = ProbeRequest.Command };
        Add(variables, "PH_", spec.Connection, "machine.connection", root);
        if (spec.Connection.Proxy is { } proxy)
        {
            Add(variables, "PH_PROXY_", proxy, "machine.connection.proxy", root);
        }

        return Reading.Understand(await RunAsync(["-c", EmbeddedScript.Text("connect.sh")], variables, Request(spec).Input, stopping).ConfigureAwait(false));
    }

    /// <summary>Reads this machine itself; through sudo where that needs no password, else with what an ordinary user sees.</summary>
    /// <param name="spec">Says which packages and files are of interest.</param>
    /// <param name="stopping">Ends the reading.</param>
    /// <exception cref="ProbeException">The probe did not run to its end.</exception>
    public static async Task<Reading> ReadLocalAsync(MachineSpec spec, CancellationToken stopping)
    {
        // The script comes on stdin; "$@" is what the probe is started with.
        const string start = $"become=; if [ \"$(id -u)\" -ne 0 ] && sudo -n true 2>/dev/null; then become={ProbeRequest.Sudo}; fi; exec sh -s -- \"$become\" \"$@\"";
        var text = await RunAsync(["-c", start, "sh", "", .. Request(spec).Arguments], [], ProbeRequest.Script, stopping).ConfigureAwait(false);
        return new(ProbeParser.Parse(text), "");
    }

    /// <summary>Reads the recorded probe that a spec names.</summary>
    /// <param name="file">Its path, absolute or relative to <paramref name="root"/>.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <exception cref="SpecException">The file is missing or is no recorded probe.</exception>
    public static HostFacts ReadRecorded(string file, string root)
    {
        try
        {
            return RecordedProbe.Load(file, root);
        }
        catch (ProbeException e)
        {
            throw new SpecException(new SpecError("machine.facts", e.Message, "make it with `passthrough doctor --save`, or leave facts out to read the host"));
        }
    }

    /// <summary>What a host is asked for a spec: the packages, files and media of its concerns.</summary>
    internal static ProbeRequest Request(MachineSpec spec)
    {
        var concerns = ConcernList.Wanted(spec).ToList();
        return new()
        {
            User = spec.Connection.User,
            Packages = [.. concerns.SelectMany(c => c.Packages(spec)).Distinct().Order(StringComparer.Ordinal)],
            Paths = [.. concerns.SelectMany(c => c.Paths(spec)).Distinct()],
            Guests = [.. spec.Guests.Select(g => g.Name.ToString())],
            Media = spec.Guests.Count == 0 ? [] : [.. concerns.SelectMany(c => c.Media(spec)).Distinct()],
        };
    }

    private static void Add(Dictionary<string, string> variables, string prefix, EndpointSpec spec, string path, string root)
    {
        var files = EndpointFiles.Read(spec, path, root);
        SshLogin<string> login = new(spec.Host, spec.Port, spec.User, files.HostKey)
        {
            PrivateKey = files.PrivateKey,
            PrivateKeyPassword = spec.PrivateKeyPassword,
            Password = spec.Password,
        };
        foreach (var (name, value) in ProbeRequest.Variables(prefix, login, text => text))
        {
            variables[name] = value;
        }
    }

    private static async Task<string> RunAsync(IEnumerable<string> arguments, Dictionary<string, string> variables, string input, CancellationToken stopping)
    {
        var start = new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync(stopping);
        var error = process.StandardError.ReadToEndAsync(stopping);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), stopping).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all; what it printed tells why.
        }

        try
        {
            await process.WaitForExitAsync(stopping).ConfigureAwait(false);
            var text = await output.ConfigureAwait(false);
            return text.Length > 0 ? text : throw new ProbeException($"the probe printed nothing: {(await error.ConfigureAwait(false)).Trim()}");
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process).ConfigureAwait(false);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ProbeException($"{start.FileName} cannot be started: {e.Message}");
        }
    }

    // Ctrl-C reached it too, and it takes its agent and its files away by itself; it is given a moment for that.
    private static async Task EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
