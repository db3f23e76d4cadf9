using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests.Documents;

/// <summary>A command that a document or a workflow shows: what it names is there.</summary>
internal static class ShownCommand
{
    private static readonly ConcurrentDictionary<string, Task<(int Code, string Output)>> Helps = new();

    /// <summary>That our command line, which has the pulumi CLI's verbs, knows the verb and every option; that a script, a project or a test that it names is in the repository.</summary>
    public static async Task IsKnownAsync(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] is "./passthrough" or "pulumi")
        {
            var verb = string.Join(' ', words.Skip(1).TakeWhile((w, i) => i == 0 || (words[1] is "config" or "stack" && i == 1 && !w.StartsWith('-'))));
            var (code, help) = await Helps.GetOrAdd(verb, v => Shell.RunAsync($"./passthrough {v} --help"));
            Assert.True(code == 0, $"{command}: {help}");
            Assert.All(words.Skip(2).TakeWhile(w => w != "<").Where(w => w.StartsWith('-')), option => Assert.Matches($@"(^|[\s,]){Regex.Escape(option)}\b", help));
        }
        else if (words[0] == "dotnet")
        {
            Assert.Contains(words[1], new[] { "build", "test", "pack" });
            Assert.All(words.Skip(2).Where(w => w.Contains('/', StringComparison.Ordinal) && !w.StartsWith('-')), w => Assert.True(Path.Exists(Path.Combine(Repository.Root, w)), $"{command}: there is no {w}"));
        }
        else if (words[0].StartsWith("./", StringComparison.Ordinal))
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, words[0])), $"{command}: there is no {words[0]}");
            var (code, help) = await Helps.GetOrAdd(words[0], w => Shell.RunAsync($"{w} --help"));
            Assert.True(code == 0, help);
            Assert.All(words.Skip(1).Where(w => w.StartsWith('-')), option => Assert.Contains(option, help, StringComparison.Ordinal));
        }
        else
        {
            var (code, _) = await Shell.RunAsync($"command -v {words[0]}");
            Assert.True(code == 0, $"{command}: there is no {words[0]}");
        }
    }
}
