using System.Buffers;
using System.Text;

namespace PassthroughInfra.Engine.Processes;

/// <summary>Which of a process's two outputs.</summary>
public enum OutputPipe
{
    Stdout,
    Stderr,
}

/// <summary>What a process wrote: each output whole, and the last part of both as they came.</summary>
internal sealed class OutputCapture
{
    private const int TailBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> stdout = new();
    private readonly ArrayBufferWriter<byte> stderr = new();
    private readonly Queue<byte[]> tail = new();
    private readonly Lock gate = new();
    private readonly LineLength stdoutLines = new();
    private readonly LineLength stderrLines = new();
    private int tailLength;

    /// <summary>The whole standard output as UTF-8; bytes that are none become U+FFFD.</summary>
    public string Stdout => Text(stdout);

    /// <summary>The whole standard error as UTF-8; bytes that are none become U+FFFD.</summary>
    public string Stderr => Text(stderr);

    /// <summary>The length of each output's longest line, in bytes as they came and without its end.</summary>
    public (int Stdout, int Stderr) LongestLines
    {
        get
        {
            lock (gate)
                return (stdoutLines.Longest, stderrLines.Longest);
        }
    }

    /// <summary>The last lines of both outputs, in the order they came.</summary>
    public string Tail(int lines)
    {
        lock (gate)
        {
            var all = Encoding.UTF8.GetString([.. tail.SelectMany(c => c)]).TrimEnd('\n').Split('\n');
            return string.Join('\n', all.TakeLast(lines));
        }
    }

    public void Add(OutputPipe from, ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            (from == OutputPipe.Stdout ? stdout : stderr).Write(bytes);
            (from == OutputPipe.Stdout ? stdoutLines : stderrLines).Add(bytes);
            tail.Enqueue(bytes.ToArray());
            tailLength += bytes.Length;
            while (tail.Count > 1 && tailLength - tail.Peek().Length >= TailBytes)
                tailLength -= tail.Dequeue().Length;
        }
    }

    private string Text(ArrayBufferWriter<byte> written)
    {
        lock (gate)
            return Encoding.UTF8.GetString(written.WrittenSpan);
    }

    /// <summary>Measures lines that come in pieces.</summary>
    private sealed class LineLength
    {
        private int current;

        public int Longest { get; private set; }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
            {
                Longest = Math.Max(Longest, current + end);
                current = 0;
            }
            current += bytes.Length;
            Longest = Math.Max(Longest, current);
        }
    }
}
