using System.Diagnostics;
using System.Text;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>
/// Hands secrets to ssh's SSH_ASKPASS program (ssh(1)) through a named pipe: they are in no argument, no environment and no file.
/// </summary>
internal sealed class AskpassPipe : IDisposable
{
    /// <summary>Gives one line of the pipe; the shell's read takes no byte more than that line.</summary>
    public const string Script = "#!/bin/sh\n: >\"$PTI_ASKPASS.asked\"\nIFS= read -r answer <\"$PTI_ASKPASS\" && printf '%s\\n' \"$answer\"\n";

    private readonly string path;
    private readonly string script;
    private readonly FileStream pipe;

    private AskpassPipe(string path, string script, FileStream pipe)
    {
        this.path = path;
        this.script = script;
        this.pipe = pipe;
    }

    /// <summary>Whether anything was asked: the program notes each question with an empty file beside the pipe.</summary>
    public bool WasAsked => File.Exists(path + ".asked");

    /// <summary>What makes ssh ask here instead of a terminal.</summary>
    public (string Name, string Value)[] Environment => [("SSH_ASKPASS", script), ("SSH_ASKPASS_REQUIRE", "force"), ("PTI_ASKPASS", path)];

    /// <exception cref="SshDialException">An answer has a line end within.</exception>
    public static AskpassPipe Open(PrivateDirectory directory, string script, IEnumerable<string> answers)
    {
        var lines = answers.ToArray();
        if (lines.Any(a => a.AsSpan().IndexOfAny("\n\0") >= 0))
            throw new SshDialException("a password with a line end within it cannot be given to ssh") { IsPermanent = true };
        var path = directory.NewPath("p");
        using (var make = Process.Start("mkfifo", ["-m", "600", path]))
        {
            make.WaitForExit();
            if (make.ExitCode != 0)
                throw new SshException($"mkfifo could not make a named pipe in {directory.Path}.");
        }
        // Open for reading and writing, a named pipe waits for no one and keeps what is written while this handle is open.
        var pipe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        pipe.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(a => a + "\n"))));
        return new(path, script, pipe);
    }

    public void Dispose()
    {
        pipe.Dispose();
        State.WholeFile.TryDelete(path);
        State.WholeFile.TryDelete(path + ".asked");
    }
}
