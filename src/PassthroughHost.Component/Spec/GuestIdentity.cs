using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// What a guest is known by and must keep for its whole life: its UUID (libvirt keeps TPM state under it) and the MAC addresses of its
/// network cards. Both follow from the stack and the guest's name, so that every machine that runs the stack gives the same.
/// </summary>
public static class GuestIdentity
{
    // A namespace of this project's own for name-based UUIDs (RFC 9562, 5.5).
    private static readonly Guid Namespace = new("b0f5b3a2-52a5-4c6f-9a35-1d1c7d7c6f4e");

    /// <summary>The spec with each guest's UUID and MAC addresses written out, where the user did not give them.</summary>
    /// <param name="spec">What the user declared.</param>
    /// <param name="owner">What tells this machine from all others: project, stack and the component's name.</param>
    public static MachineSpec Pin(MachineSpec spec, string owner)
    {
        return spec with { Guests = [.. spec.Guests.Select(Pinned)] };

        GuestSpec Pinned(GuestSpec guest)
        {
            var uuid = guest.Uuid ?? Uuid(owner, guest.Name);
            return guest with { Uuid = uuid, Interfaces = [.. Interfaces(spec, guest).Select((n, i) => n with { Mac = n.Mac ?? Mac(uuid, i) })] };
        }
    }

    /// <summary>The UUID of a guest: version 5, of owner and name. Source: RFC 9562, 5.5.</summary>
    /// <param name="owner">What tells this machine from all others: project, stack and the component's name.</param>
    /// <param name="name">The guest's name.</param>
    public static GuestUuid Uuid(string owner, GuestName name)
    {
        // SHA-1 is what the RFC prescribes; nothing is protected by it.
#pragma warning disable CA5350
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData([.. Namespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes($"{owner}/{name}")], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new(new Guid(hash[..16], bigEndian: true));
    }

    /// <summary>The MAC address of a guest's network card, in the range QEMU uses (52:54:00).</summary>
    /// <param name="uuid">The guest's UUID.</param>
    /// <param name="index">The card's place in the list.</param>
    public static MacAddress Mac(GuestUuid uuid, int index)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, index);
        var hash = SHA256.HashData([.. uuid.Value.ToByteArray(bigEndian: true), .. number]);
        return MacAddress.TryRead($"52:54:00:{hash[0]:x2}:{hash[1]:x2}:{hash[2]:x2}", out var mac) ? mac : throw new InvalidOperationException("A MAC address could not be made.");
    }

    private static IReadOnlyList<GuestInterfaceSpec> Interfaces(MachineSpec spec, GuestSpec guest)
    {
        var bridge = spec.Network?.AllBridges().Select(b => b.Bridge.Bridge).FirstOrDefault();
        return guest.Interfaces is { } given ? [.. given.Select(n => n with { Bridge = n.Bridge ?? bridge })]
            : bridge is { } first ? [new() { Bridge = first }]
            : [];
    }
}
