using System.Globalization;
using System.Text;

namespace PassthroughInfra.Engine.Processes;

/// <summary>
/// Sees to it that the scripts of this process do not outlive it: a helper process knows their process groups, and kills them as soon as the pipe from this
/// process closes, for whatever reason (kill -9 included). A script is let go only when the helper knows of it, so that none is overlooked.
/// </summary>
internal static class ScriptKeeper
{
    /// <summary>
    /// Waits on its standard input for a word, and then lets a program take its place; without the word nothing is run. <c>read</c> takes no byte more.
    /// </summary>
    public const string Gate = "IFS= read -r _ || exit 125; exec \"$@\"";

    /// <summary>What the gate waits for.</summary>
    public const string Word = "go\n";

    private const string Helper = """
        trap '' PIPE
        groups=' '
        while IFS=' ' read -r verb group; do
            case $verb in
                add) groups="$groups$group " ;;
                remove) case $groups in *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;; esac ;;
            esac
            echo known 2>/dev/null || break
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
        """;

    private static readonly SemaphoreSlim Turn = new(1);
    private static readonly HashSet<int> Groups = [];
    private static ChildProcess? helper;

    /// <summary>Has a process group killed when this process ends.</summary>
    public static Task AddAsync(int group) => TellAsync("add", group);

    /// <summary>Forgets a process group that has ended. Never fails: how the group ended is what is to be told.</summary>
    public static async Task RemoveAsync(int group)
    {
        try
        {
            await TellAsync("remove", group).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is EngineException or System.ComponentModel.Win32Exception)
        {
            // There is no helper any more; the next script has another one started.
        }
    }

    private static async Task TellAsync(string verb, int group)
    {
        await Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (verb == "add")
                Groups.Add(group);
            else
                Groups.Remove(group);
            if (helper is { HasExited: false } && await SayAsync(helper, verb, group).ConfigureAwait(false))
                return;
            // There is none yet, or somebody has killed it: another one, that knows them all.
            helper?.Dispose();
            helper = null;
            helper = ChildProcess.Start(new("/bin/sh", ["-c", Helper]));
            foreach (var known in Groups)
            {
                if (!await SayAsync(helper, "add", known).ConfigureAwait(false))
                {
                    throw new EngineException(
                        "The helper that ends local scripts with this process could not be started. Nothing was run. Is this machine out of memory or processes?");
                }
            }
        }
        catch when (verb == "add")
        {
            // Whoever asked ends it.
            Groups.Remove(group);
            throw;
        }
        finally
        {
            Turn.Release();
        }
    }

    private static async Task<bool> SayAsync(ChildProcess to, string verb, int group)
    {
        try
        {
            await to.Stdin.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{verb} {group}\n"))).ConfigureAwait(false);
            await to.Stdin.FlushAsync().ConfigureAwait(false);
            var answer = new byte["known\n".Length];
            return await to.Stdout.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false).ConfigureAwait(false) == answer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
