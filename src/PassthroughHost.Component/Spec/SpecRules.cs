using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold between the values of a spec, whatever the machine.</summary>
internal static partial class SpecRules
{
    private const string Root = SpecReader.Root;

    /// <summary>Every rule that is broken.</summary>
    public static IReadOnlyList<SpecError> Check(MachineSpec spec) =>
    [
        .. Connection(spec.Connection, $"{Root}.connection"),
        .. spec.Connection.Proxy is { } proxy ? Connection(proxy, $"{Root}.connection.proxy") : [],
        .. Devices(spec.Devices),
        .. Boot(spec.Boot),
        .. Packages(spec.Packages),
        .. spec.Network is { } network ? NetworkRules.Check(network) : [],
        .. HugePagesRules.Check(spec.HugePages),
        .. GuestRules.Check(spec),
        .. IsolationRules.Check(spec.Isolation),
        .. SriovRules.Check(spec),
        .. TakeOverRules.Check(spec),
    ];

    private static IEnumerable<SpecError> Connection(EndpointSpec endpoint, string path)
    {
        if (!HostName().IsMatch(endpoint.Host))
        {
            yield return new($"{path}.host", $"\"{endpoint.Host}\" is not a host name or IP address", "letters, digits, '.', '-' and ':' only");
        }

        if (!UserName().IsMatch(endpoint.User))
        {
            yield return new($"{path}.user", $"\"{endpoint.User}\" is not a login name", "letters, digits, '.', '_' and '-' only");
        }

        if (endpoint.Port is < 1 or > 65535)
        {
            yield return new($"{path}.port", $"{endpoint.Port} is not a port", "1 to 65535; 22 where it is left out");
        }

        if (endpoint.HostKey is null && endpoint.HostKeyFile is null)
        {
            yield return new(
                $"{path}.hostKey",
                "is missing",
                $"run `ssh-keyscan -t ed25519 {endpoint.Host}`, compare with the host's /etc/ssh/ssh_host_ed25519_key.pub and write \"ssh-ed25519 AAAA…\"; {ConnectionSpec.AcceptAnyHostKey} trusts anybody");
        }
        else if (endpoint.HostKey is not null && endpoint.HostKeyFile is not null)
        {
            yield return new($"{path}.hostKeyFile", "stands beside hostKey", "give one of the two");
        }
        else if (endpoint.HostKey is { } key && key != ConnectionSpec.AcceptAnyHostKey && !PublicKey().IsMatch(key))
        {
            yield return new($"{path}.hostKey", $"\"{key}\" is not a public key", "write it as in the host's /etc/ssh/ssh_host_ed25519_key.pub: \"ssh-ed25519 AAAA…\"");
        }

        if (endpoint.PrivateKey is not null && endpoint.PrivateKeyFile is not null)
        {
            yield return new($"{path}.privateKeyFile", "stands beside privateKey", "give one of the two");
        }
    }

    private static IEnumerable<SpecError> Devices(IReadOnlyList<DeviceSpec> devices)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var addresses = new Dictionary<PciAddress, int>();
        for (var i = 0; i < devices.Count; i++)
        {
            var device = devices[i];
            if (!Name().IsMatch(device.Name))
            {
                yield return new($"{Root}.devices[{i}].name", $"\"{device.Name}\" is not a name", "letters, digits, '-' and '_', beginning with a letter");
            }

            if (!names.TryAdd(device.Name, i))
            {
                yield return new($"{Root}.devices[{i}].name", $"\"{device.Name}\" is also the name of devices[{names[device.Name]}]", "give each device a name of its own");
            }

            if (!addresses.TryAdd(device.Address, i))
            {
                yield return new($"{Root}.devices[{i}].address", $"\"{device.Address.Brief}\" is also the address of devices[{addresses[device.Address]}]", "list each PCI function once");
            }
        }
    }

    private static IEnumerable<SpecError> Boot(BootSpec boot)
    {
        for (var i = 0; i < boot.KernelArguments.Count; i++)
        {
            if (!KernelArgument().IsMatch(boot.KernelArguments[i]))
            {
                yield return new(
                    $"{Root}.boot.kernelArguments[{i}]",
                    $"\"{boot.KernelArguments[i]}\" is not one kernel argument",
                    "one argument an entry, without spaces, quotes, '$', '`' or '\\'");
            }
        }

        if (boot.RebootTimeoutSeconds is < 30 or > 7200)
        {
            yield return new($"{Root}.boot.rebootTimeoutSeconds", $"{boot.RebootTimeoutSeconds} is out of range", "30 to 7200 seconds");
        }
    }

    private static IEnumerable<SpecError> Packages(PackagesSpec packages)
    {
        for (var i = 0; i < packages.Extra.Count; i++)
        {
            if (!PackageName().IsMatch(packages.Extra[i]))
            {
                yield return new($"{Root}.packages.extra[{i}]", $"\"{packages.Extra[i]}\" is not a package name", "as apt knows it: lower-case letters, digits, '+', '-' and '.'");
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")]
    private static partial Regex HostName();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9._-]*$")]
    private static partial Regex UserName();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]*$")]
    private static partial Regex Name();

    [GeneratedRegex("^(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/]{40,}={0,3}( .*)?$")]
    private static partial Regex PublicKey();

    [GeneratedRegex("^[A-Za-z0-9_.,:=/@%+-]+$")]
    private static partial Regex KernelArgument();

    // Debian Policy Manual, 5.6.1.
    [GeneratedRegex("^[a-z0-9][a-z0-9+.-]+$")]
    private static partial Regex PackageName();
}
