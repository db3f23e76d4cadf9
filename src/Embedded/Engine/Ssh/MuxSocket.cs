using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>
/// One conversation with a master connection over its control socket, in OpenSSH's multiplexing protocol, version 4 (PROTOCOL.mux in its sources). The
/// answers are numbers, not words: they tell for certain whether the host was asked to run a command.
/// </summary>
internal sealed class MuxSocket : IDisposable
{
    private const uint Version = 4;
    private const uint Hello = 0x00000001;
    private const uint NewSession = 0x10000002;
    private const uint AliveCheck = 0x10000004;
    private const uint Alive = 0x80000005;

    /// <summary>A master takes no longer message.</summary>
    private const int LongestMessage = 256 * 1024;

    private const int OutOfMemoryForNow = 11;
    private const int Interrupted = 4;

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private MuxSocket()
    {
    }

    /// <summary>Connects to a master and exchanges greetings.</summary>
    /// <returns>Null if there is no master any more, or it ended before it greeted: it was asked for nothing.</returns>
    /// <exception cref="SshException">It speaks another version of the protocol.</exception>
    public static async Task<MuxSocket?> ConnectAsync(string path, CancellationToken cancellation)
    {
        var mux = new MuxSocket();
        try
        {
            await mux.socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            await mux.SendAsync(new MuxMessage().Add(Hello).Add(Version), cancellation).ConfigureAwait(false);
            if (await mux.ReceiveAsync(cancellation).ConfigureAwait(false) is { } answer)
            {
                var (type, version) = (answer.Number(), answer.Number());
                return (type, version) == (Hello, Version) ? mux : throw new SshException(
                    $"The ssh of this machine speaks version {version} of its multiplexing protocol, and version {Version} is known here. Nothing was run. "
                    + "Use the pulumi CLI, or another OpenSSH.");
            }
        }
        catch (SocketException)
        {
            // Nobody listens there any more.
        }
        catch
        {
            mux.Dispose();
            throw;
        }
        mux.Dispose();
        return null;
    }

    /// <summary>Whether the master is there and answers.</summary>
    public static async Task<bool> AnswersAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var mux = await ConnectAsync(path, cancellation).ConfigureAwait(false);
            if (mux is null)
                return false;
            await mux.SendAsync(new MuxMessage().Add(AliveCheck).Add(0), cancellation).ConfigureAwait(false);
            return await mux.ReceiveAsync(cancellation).ConfigureAwait(false) is { } answer && answer.Number() == Alive;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Asks for a session that runs a command, with the given three streams.</summary>
    /// <returns>
    /// False if the request did not reach the master as a whole. It does nothing before it has all three streams, which go last, so that nothing was run.
    /// </returns>
    /// <exception cref="SshException">The request is longer than a master takes; nothing was run.</exception>
    public async Task<bool> RequestSessionAsync(
        string command, IEnumerable<string> environment, ImmutableArray<SafeHandle> streams, CancellationToken cancellation)
    {
        const uint no = 0;
        const uint noEscapeCharacter = uint.MaxValue;
        // No terminal, no X11, no agent, no subsystem, no terminal's name. An empty command would be a shell that reads the standard input.
        var request = new MuxMessage().Add(NewSession).Add(0).Add("").Add(no).Add(no).Add(no).Add(no).Add(noEscapeCharacter).Add("")
            .Add(command.Length == 0 ? " " : command);
        foreach (var variable in environment)
            request.Add(variable);
        if (request.Bytes.Length > LongestMessage)
        {
            throw new SshException(
                $"The command and its environment have {request.Bytes.Length / 1024} KiB together; ssh takes {LongestMessage / 1024}. Nothing was run. "
                + "Put what is long in `stdin`.");
        }
        try
        {
            await SendAsync(request, cancellation).ConfigureAwait(false);
            foreach (var stream in streams)
            {
                while (!TrySendDescriptor(stream))
                    await Task.Delay(1, cancellation).ConfigureAwait(false);
            }
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The master's next message; null if it has closed the conversation.</summary>
    public async Task<MuxMessage?> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            var head = new byte[4];
            if (!await FillAsync(head, cancellation).ConfigureAwait(false))
                return null;
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var message = new byte[length <= LongestMessage ? length : 0];
            return length <= LongestMessage && await FillAsync(message, cancellation).ConfigureAwait(false) ? new(message) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public void Dispose() => socket.Dispose();

    private async Task SendAsync(MuxMessage message, CancellationToken cancellation)
    {
        var bytes = message.Bytes;
        var packet = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)bytes.Length);
        bytes.CopyTo(packet.AsSpan(4));
        for (var sent = 0; sent < packet.Length;)
            sent += await socket.SendAsync(packet.AsMemory(sent), cancellation).ConfigureAwait(false);
    }

    private async Task<bool> FillAsync(byte[] buffer, CancellationToken cancellation)
    {
        for (var at = 0; at < buffer.Length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(at), cancellation).ConfigureAwait(false);
            if (count == 0)
                return false;
            at += count;
        }
        return true;
    }

    /// <summary>Sends a file descriptor with a byte of nothing, as ssh's own mm_send_fd does (unix(7), SCM_RIGHTS).</summary>
    /// <returns>False if the socket has no room at the moment.</returns>
    private bool TrySendDescriptor(SafeHandle stream)
    {
        var memory = Marshal.AllocHGlobal(256);
        var added = false;
        try
        {
            stream.DangerousAddRef(ref added);
            nint vector = memory + 64, control = memory + 128, nothing = memory + 192;
            Marshal.WriteByte(nothing, 0);
            Marshal.StructureToPtr(new IoVector { Base = nothing, Length = 1 }, vector, false);
            var length = (nuint)(Marshal.OffsetOf<Rights>(nameof(Rights.Descriptor)) + sizeof(int));
            Marshal.StructureToPtr(new Rights { Length = length, Level = 1, Type = 1, Descriptor = (int)stream.DangerousGetHandle() }, control, false);
            var header = new MessageHeader { Vectors = vector, VectorCount = 1, Control = control, ControlLength = (nuint)Marshal.SizeOf<Rights>() };
            Marshal.StructureToPtr(header, memory, false);
            const int noSignal = 0x4000;
            if (SendMessage((int)socket.Handle, memory, noSignal) >= 0)
                return true;
            var error = Marshal.GetLastPInvokeError();
            return error is OutOfMemoryForNow or Interrupted ? false : throw new SocketException(error);
        }
        finally
        {
            if (added)
                stream.DangerousRelease();
            Marshal.FreeHGlobal(memory);
        }
    }

    [DllImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static extern nint SendMessage(int socket, nint message, int flags);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nint Base;
        public nuint Length;
    }

    /// <summary>struct cmsghdr with one descriptor, as Linux has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rights
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
    }

    /// <summary>struct msghdr, as Linux has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public nint Vectors;
        public nuint VectorCount;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }
}

/// <summary>A message of the multiplexing protocol: numbers and texts in SSH's own encoding (RFC 4251, 5).</summary>
internal sealed class MuxMessage(byte[] received)
{
    private readonly List<byte> written = [];
    private int at;

    public MuxMessage()
        : this([])
    {
    }

    public byte[] Bytes => [.. written];

    public MuxMessage Add(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        written.AddRange(bytes);
        return this;
    }

    public MuxMessage Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add((uint)bytes.Length);
        written.AddRange(bytes);
        return this;
    }

    /// <summary>The next number; 0 if there is none.</summary>
    public uint Number()
    {
        if (received.Length - at < 4)
            return 0;
        at += 4;
        return BinaryPrimitives.ReadUInt32BigEndian(received.AsSpan(at - 4));
    }
}
