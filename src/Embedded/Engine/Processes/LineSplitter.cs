using System.Text;

namespace PassthroughInfra.Engine.Processes;

/// <summary>Cuts a stream of UTF-8 bytes, given piece by piece, into lines.</summary>
/// <param name="onLine">Takes each line, without its end.</param>
internal sealed class LineSplitter(Action<string> onLine)
{
    /// <summary>A longer line is given in parts of this many characters, so that one without an end cannot fill the memory.</summary>
    public const int LongestLine = 64 * 1024;

    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder line = new();

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        Add(characters.AsSpan(0, decoder.GetChars(bytes, characters, flush: false)));
    }

    /// <summary>Gives what is left when the stream has ended.</summary>
    public void Finish()
    {
        if (line.Length > 0)
            Give();
    }

    private void Add(ReadOnlySpan<char> characters)
    {
        foreach (var c in characters)
        {
            if (c == '\n')
            {
                Give();
                continue;
            }
            line.Append(c);
            if (line.Length >= LongestLine)
                Give();
        }
    }

    private void Give()
    {
        if (line.Length > 0 && line[^1] == '\r')
            line.Length--;
        onLine(line.ToString());
        line.Clear();
    }
}
