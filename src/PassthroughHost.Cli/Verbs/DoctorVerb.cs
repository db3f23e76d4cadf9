using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Cli.Doctor;
using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Engine;
using Spectre.Console;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>doctor</c>: reads one machine and says what it is fit for.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var hosts = new HostOptions();
        var save = new Option<string?>("--save") { Description = "Write the reading to this file: a stack with 'facts: FILE' is previewed from it, with no machine." };
        var json = new Option<bool>("--json", "-j") { Description = "Write one JSON document to standard output instead of text." };
        var svg = new Option<string?>("--svg") { Description = "Draw the machine into this file: groups, devices, CPUs, and with --stack what goes to the guest." };
        var upgrade = new Option<bool>("--before-upgrade") { Description = "Say what an upgrade of the distribution will ask of this machine, and what to do before it." };
        var command = new Command(
            "doctor",
            "Read one machine, change nothing, and say what it is fit for: IOMMU groups, devices, CPUs, memory, and what is in the way.\n"
            + "Exit codes: 0 fit, 2 not fit, 1 it could not be read.");
        hosts.AddTo(command);
        foreach (var option in (Option[])[save, json, svg, upgrade])
            command.Options.Add(option);
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            var read = await new HostSource(context, hosts).ReadAsync(withStack: true);
            var view = HostView.Of(read.Facts, read.Stack, read.Source);
            if (parsed.GetValue(upgrade))
                view = view with { Assessment = view.Assessment with { Checks = [.. view.Assessment.Checks, .. UpgradeChecks.Of(read.Facts, read.Stack)] } };
            if (parsed.GetValue(json))
                ConsoleWriter.StandardOutput.Line(DoctorJson.Write(view));
            else if (Console.IsOutputRedirected)
                Console.Out.Write(DoctorText.Plain(view, Marks.LocaleIsUtf8));
            else
                new DoctorText(AnsiConsole.Console, new(Marks.LocaleIsUtf8)).Show(view);
            Write(parsed.GetValue(save), () => RecordedProbe.Write(read.Facts), "the reading");
            Write(parsed.GetValue(svg), () => DoctorPicture.Draw(view), "the picture");
            return view.Assessment.IsFit ? ExitCodes.Fine : ExitCodes.No;
        }));
        return command;
    }

    private static void Write(string? file, Func<string> text, string what)
    {
        if (file is null)
            return;
        try
        {
            File.WriteAllText(file, text());
            ConsoleWriter.StandardError.Line($"{what} is in {file}");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"{file} cannot be written: {problem.Message}", problem);
        }
    }
}
