using System.Reflection;
using System.Text;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// Puts together what a concern's commands run: a short command, and on its stdin the script with the data. The command is short because
/// a failing command is quoted whole in the engine's error.
/// </summary>
public static class HostScript
{
    /// <summary>The script for a concern's <c>stdin</c>: shared part, own part, data, start.</summary>
    public static string Text(ConcernPlan plan)
    {
        var text = new StringBuilder("#!/bin/sh\n");
        foreach (var part in (IEnumerable<string>)["host.sh", "journal.sh", .. plan.Parts, plan.Script])
        {
            text.Append(Resource(part)).Append('\n');
        }

        text.Append($"CONCERN={Shell.Quote(plan.Concern)}\nDIGEST={DriftDetector.Digest(plan)}\n");
        foreach (var (name, value) in plan.Variables.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            text.Append($"{name}={Shell.Quote(value)}\n");
        }

        text.Append("managed_files() {\n  :\n");
        foreach (var file in plan.Files)
        {
            text.Append(file.Content is null
                ? $"  absent {Shell.Quote(file.Path)}\n"
                : $"  managed {Shell.Quote(file.Path)} {file.Mode} {DriftDetector.FileDigest(file)} {Shell.Quote(file.Content)}\n");
        }

        text.Append("}\nsettings() {\n  :\n");
        foreach (var setting in plan.Settings)
        {
            text.Append($"  setting {Shell.Quote(setting.Name)} {Shell.Quote(setting.Wanted)}\n");
        }

        // Nothing may read the rest of the script as its input.
        return text.Append("}\nmain \"$@\" </dev/null\n").ToString();
    }

    /// <summary>The command that applies.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    /// <param name="state">The plan compared with the host.</param>
    public static string Apply(string user, ConcernState state) =>
        state.Remark.Length == 0 ? Start(user, "apply", state.Token) : Start(user, "apply", state.Token, state.Remark);

    /// <summary>The command that reverts.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    public static string Revert(string user) => Start(user, "revert");

    /// <summary>The script for the <c>stdin</c> of a command that must not do anything: it says why, and fails.</summary>
    public static string Refusal(string reason) => $"#!/bin/sh\nprintf '%s\\n' {Shell.Quote(reason)} >&2\nexit 1\n";

    /// <summary>The command that refuses.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    /// <param name="state">The plan compared with the host; where it differs, so does the text.</param>
    public static string Refuse(string user, ConcernState state) => Start(user, "refuse", state.Token);

    /// <summary>A script that travels in the assembly.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A shell that reads its script from stdin, as root.</summary>
    internal static string Start(string user, params string[] arguments) =>
        $"{(user == "root" ? "" : "sudo -n ")}sh -s -- {string.Join(' ', arguments.Select(Shell.Quote))}";
}
