using System.Text;

namespace PassthroughInfra.Cli;

/// <summary>
/// Standard output or error that does not fail: a terminal that has gone away, or a log on a full disk, is no reason to leave a host half
/// changed. What went wrong is kept, for the end.
/// </summary>
internal sealed class BestEffortWriter(TextWriter target) : TextWriter
{
    /// <summary>Why something was not written; null where all was.</summary>
    public Exception? Failure { get; private set; }

    public override Encoding Encoding => target.Encoding;

    public override void Write(char value) => Try(() => target.Write(value));

    public override void Write(string? value) => Try(() => target.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => target.Write(buffer, index, count));

    public override void WriteLine() => Try(target.WriteLine);

    public override void WriteLine(string? value) => Try(() => target.WriteLine(value));

    public override void Flush() => Try(target.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure ??= problem;
        }
    }
}
