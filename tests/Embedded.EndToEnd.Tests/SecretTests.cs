using System.Text;
using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.EndToEnd.Tests.Fixture;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>Where secrets are not to be found: a token of the configuration, the private key of the connection, and the passphrase.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Token = "tok-5e1f\"quoted\"-9a7c";

    private readonly LoopbackSshd host = new LoopbackSshd().Start();
    private readonly CliStack stack;

    public SecretTests() => stack = new(host) { KeyIsSecret = true };

    public void Dispose()
    {
        stack.Dispose();
        host.Dispose();
    }

    [Fact]
    public async Task No_secret_is_in_plain_in_state_history_output_or_the_list_of_processes()
    {
        stack.Declare(new DeclaredCommand
        {
            Name = "a",
            Create = $"cat > {stack.HostDirectory}/token; sleep 1",
            Update = $"cat > {stack.HostDirectory}/token; echo updated",
            SecretStdin = "token",
        });
        await SetSecretsAsync();
        var said = new StringBuilder();
        said.Append((await stack.RunAsync("preview", "--diff")).Exited(0).All);
        said.Append((await stack.RunAsync("preview", "--json")).Exited(0).All);
        var up = stack.Start("up", "--yes", "--diff", "--message", "the first");
        var processes = new HashSet<string>(StringComparer.Ordinal);
        while (!up.HasExited)
        {
            processes.UnionWith(CommandLines());
            await Task.Delay(20);
        }
        said.Append((await up.WaitAsync()).Exited(0).All);
        stack.Declare(new DeclaredCommand { Name = "a", Create = "true", Update = "true", SecretStdin = "token" });
        said.Append((await stack.UpAsync("--json")).Exited(0).All);
        said.Append((await stack.RunAsync("stack", "export")).Exited(0).All);
        said.Append((await stack.RunAsync("stack", "output")).Exited(0).All);

        // It did arrive, and the host's connection and the program were there to be seen.
        Assert.Equal(Token, File.ReadAllText(Path.Combine(stack.HostDirectory, "token")));
        Assert.Contains(processes, p => p.StartsWith("ssh ", StringComparison.Ordinal));
        Assert.Contains(processes, p => p.Contains("EndToEnd.Program.dll", StringComparison.Ordinal));
        Absent(said.ToString(), "what it wrote");
        foreach (var process in processes)
            Absent(process, "the list of processes");
        foreach (var file in Directory.GetFiles(stack.Root, "*", SearchOption.AllDirectories).Where(f => !f.StartsWith(stack.HostDirectory, StringComparison.Ordinal)))
            Absent(File.ReadAllText(file), file);
        Assert.Contains("e2e:token", File.ReadAllText(Directory.GetFiles(Path.Combine(stack.Root, ".pulumi", "history", "e2e", "dev"), "*.history.json").First()), StringComparison.Ordinal);
        Assert.Equal(Token + "\n", (await stack.RunAsync("config", "get", "token")).Exited(0).Output);
    }

    [Theory]
    [InlineData("--plain")]
    [InlineData("--json")]
    public async Task A_command_that_gives_its_secret_away_is_shown_with_a_mark_in_its_place(string how)
    {
        stack.Declare(new DeclaredCommand { Name = "a", Create = "cat; echo; cat >&2; exit 3", SecretStdin = "token" }, new DeclaredCommand { Name = "b", Local = true, Create = $"echo the token is; cat; exit 4", SecretStdin = "token" });
        await SetSecretsAsync();
        var result = (await stack.UpAsync(how)).Exited(1);
        Absent(result.All, "what it wrote");
        if (how == "--plain")
            Assert.Contains("[secret]", result.Output, StringComparison.Ordinal);
        Absent(File.ReadAllText(stack.StateFile), "the state");
    }

    [Fact]
    public async Task Without_the_passphrase_nothing_is_begun_and_the_wrong_one_is_named_as_such()
    {
        stack.Declare(new DeclaredCommand { Name = "a", Create = $"echo made > {stack.HostDirectory}/made", SecretStdin = "token" });
        await SetSecretsAsync();
        stack.Environment["PULUMI_CONFIG_PASSPHRASE"] = "another";
        Assert.Contains("The passphrase is not the one this stack was made with", (await stack.UpAsync()).Exited(1).Errors, StringComparison.Ordinal);
        stack.Environment.Remove("PULUMI_CONFIG_PASSPHRASE");
        stack.WithoutPassphrase = true;
        var result = (await stack.UpAsync()).Exited(1);
        Assert.Contains("PULUMI_CONFIG_PASSPHRASE", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(stack.HostDirectory, "made")));
    }

    private async Task SetSecretsAsync()
    {
        (await stack.FeedAsync(Token, "config", "set", "--secret", "token")).Exited(0);
        (await stack.FeedAsync(host.UserKey, "config", "set", "--secret", "privateKey")).Exited(0);
    }

    private void Absent(string text, string where)
    {
        Assert.False(text.Contains(Token, StringComparison.Ordinal) || text.Contains(Token.Replace("\"", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal), $"the token is in {where}: {text}");
        Assert.False(text.Contains(CliStack.Passphrase, StringComparison.Ordinal), $"the passphrase is in {where}: {text}");
        var line = host.UserKey.Split('\n')[2];
        Assert.False(text.Contains(line, StringComparison.Ordinal), $"the private key is in {where}: {text}");
    }

    private static IEnumerable<string> CommandLines()
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            yield return line;
        }
    }
}
