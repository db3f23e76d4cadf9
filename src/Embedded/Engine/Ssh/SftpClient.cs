using System.Buffers.Binary;
using System.Text;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>What is at a path on a host.</summary>
public enum RemoteEntry
{
    None,
    File,
    Directory,
}

/// <summary>
/// As much of the SSH file transfer protocol, version 3 (draft-ietf-secsh-filexfer-02, which OpenSSH speaks), as copying to a host takes.
/// </summary>
public sealed class SftpClient
{
    private const int ChunkBytes = 32 * 1024;
    private const int WritesUnderWay = 32;
    private const int LongestPacket = 256 * 1024;
    private const uint NoSuchFile = 2;
    private const uint ModeFormat = 0xF000;
    private const uint ModeDirectory = 0x4000;
    private const uint HasPermissions = 4;

    private readonly Stream toHost;
    private readonly Stream fromHost;
    private uint lastId;

    private SftpClient(Stream toHost, Stream fromHost)
    {
        this.toHost = toHost;
        this.fromHost = fromHost;
    }

    private enum Packet : byte
    {
        Init = 1,
        Version = 2,
        Open = 3,
        Close = 4,
        Write = 6,
        MakeDirectory = 14,
        Stat = 17,
        Status = 101,
        Handle = 102,
        Attributes = 105,
    }

    /// <summary>What is at a path; a link counts as what it leads to.</summary>
    /// <exception cref="SftpException">The host does not say.</exception>
    public async Task<RemoteEntry> StatAsync(string path, CancellationToken cancellation)
    {
        var answer = await AskAsync(Packet.Stat, Text(path), cancellation).ConfigureAwait(false);
        if (answer.Type == Packet.Status && answer.Code == NoSuchFile)
            return RemoteEntry.None;
        answer.ThrowUnless(Packet.Attributes, $"look at {path}");
        var flags = answer.Number(0);
        var at = 4 + ((flags & 1) != 0 ? 8 : 0) + ((flags & 2) != 0 ? 8 : 0);
        return (flags & HasPermissions) != 0 && (answer.Number(at) & ModeFormat) == ModeDirectory ? RemoteEntry.Directory : RemoteEntry.File;
    }

    /// <summary>Makes a directory; the one it lies in must be there.</summary>
    /// <exception cref="SftpException">The host refuses.</exception>
    public async Task MakeDirectoryAsync(string path, CancellationToken cancellation) =>
        (await AskAsync(Packet.MakeDirectory, [.. Text(path), .. Number(0)], cancellation).ConfigureAwait(false)).ThrowUnlessDone($"make the directory {path}");

    /// <summary>Writes a file, in place of what a file of that name held.</summary>
    /// <exception cref="SftpException">The host refuses.</exception>
    public async Task WriteAsync(Stream content, string path, CancellationToken cancellation)
    {
        const uint writeCreateTruncate = 0x1A;
        var opened = await AskAsync(Packet.Open, [.. Text(path), .. Number(writeCreateTruncate), .. Number(0)], cancellation).ConfigureAwait(false);
        opened.ThrowUnless(Packet.Handle, $"write the file {path}");
        var handle = opened.Body;
        var buffer = new byte[ChunkBytes];
        var offset = new byte[8];
        var written = 0UL;
        var underWay = 0;
        int count;
        while ((count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false)) > 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(offset, written);
            await SendAsync(Packet.Write, [.. handle, .. offset, .. Number((uint)count), .. buffer.AsSpan(0, count)], cancellation).ConfigureAwait(false);
            written += (ulong)count;
            if (++underWay == WritesUnderWay)
            {
                (await ReceiveAsync(cancellation).ConfigureAwait(false)).ThrowUnlessDone($"write to {path}");
                underWay--;
            }
        }
        for (; underWay > 0; underWay--)
            (await ReceiveAsync(cancellation).ConfigureAwait(false)).ThrowUnlessDone($"write to {path}");
        (await AskAsync(Packet.Close, handle, cancellation).ConfigureAwait(false)).ThrowUnlessDone($"finish the file {path}");
    }

    /// <exception cref="SftpBrokenException">There is no SFTP server at the other end.</exception>
    internal static async Task<SftpClient> OpenAsync(Stream toHost, Stream fromHost, CancellationToken cancellation)
    {
        var client = new SftpClient(toHost, fromHost);
        await client.SendPacketAsync([.. Number(5), (byte)Packet.Init, .. Number(3)], cancellation).ConfigureAwait(false);
        var hello = await client.ReceivePacketAsync(cancellation).ConfigureAwait(false);
        return hello.Length >= 5 && hello[0] == (byte)Packet.Version ? client : throw new SftpBrokenException("its answer is no SFTP");
    }

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Number((uint)bytes.Length), .. bytes];
    }

    private async Task<Answer> AskAsync(Packet type, byte[] body, CancellationToken cancellation)
    {
        await SendAsync(type, body, cancellation).ConfigureAwait(false);
        return await ReceiveAsync(cancellation).ConfigureAwait(false);
    }

    private Task SendAsync(Packet type, byte[] body, CancellationToken cancellation) =>
        SendPacketAsync([.. Number((uint)(5 + body.Length)), (byte)type, .. Number(++lastId), .. body], cancellation);

    private async Task SendPacketAsync(byte[] packet, CancellationToken cancellation)
    {
        try
        {
            await toHost.WriteAsync(packet, cancellation).ConfigureAwait(false);
            await toHost.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new SftpBrokenException("it takes no more", e);
        }
    }

    /// <summary>The next answer; a server answers writes to one file in any order, and to all of them we say the same.</summary>
    private async Task<Answer> ReceiveAsync(CancellationToken cancellation)
    {
        var packet = await ReceivePacketAsync(cancellation).ConfigureAwait(false);
        return packet.Length >= 9 ? new((Packet)packet[0], packet[5..]) : throw new SftpBrokenException("its answer is too short");
    }

    private async Task<byte[]> ReceivePacketAsync(CancellationToken cancellation)
    {
        try
        {
            var length = new byte[4];
            await fromHost.ReadExactlyAsync(length, cancellation).ConfigureAwait(false);
            var size = BinaryPrimitives.ReadUInt32BigEndian(length);
            if (size is 0 or > LongestPacket)
                throw new SftpBrokenException("its answer is no SFTP; does a login script on the host write to its output?");
            var packet = new byte[size];
            await fromHost.ReadExactlyAsync(packet, cancellation).ConfigureAwait(false);
            return packet;
        }
        catch (IOException e)
        {
            throw new SftpBrokenException("it ended", e);
        }
    }

    private readonly record struct Answer(Packet Type, byte[] Body)
    {
        public uint Code => Number(0);

        public uint Number(int at) => BinaryPrimitives.ReadUInt32BigEndian(Body.AsSpan(at));

        public void ThrowUnlessDone(string task)
        {
            if (Type != Packet.Status || Code != 0)
                throw Failure(task);
        }

        public void ThrowUnless(Packet type, string task)
        {
            if (Type != type)
                throw Failure(task);
        }

        private SftpException Failure(string task)
        {
            var reason = Type == Packet.Status && Body.Length >= 8 ? Encoding.UTF8.GetString(Body.AsSpan(8, (int)Math.Min(Number(4), (uint)Body.Length - 8))) : "an unexpected answer";
            return new($"could not {task}: {reason}");
        }
    }
}

/// <summary>The host refused a file operation.</summary>
public sealed class SftpException : SshException
{
    public SftpException()
    {
    }

    public SftpException(string message)
        : base(message)
    {
    }

    public SftpException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>What is at the other end is no SFTP server, or is one no longer.</summary>
internal sealed class SftpBrokenException : Exception
{
    public SftpBrokenException()
    {
    }

    public SftpBrokenException(string message)
        : base(message)
    {
    }

    public SftpBrokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
