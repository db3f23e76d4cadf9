using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>
/// Which key a machine must show. One that nobody has vouched for is never taken in silence: it is asked about on a terminal, and elsewhere
/// named in the error, ready to be given with <c>--host-key</c>.
/// </summary>
internal sealed class HostKeyQuestion(VerbContext context, HostOptions options)
{
    /// <summary>The key the bastion must show: given, else known, else confirmed.</summary>
    /// <exception cref="EngineException">It is malformed, or nobody has confirmed it.</exception>
    public Task<HostKey> OfProxyAsync(HostAddress proxy) => AnswerAsync(proxy, options.ProxyHostKey, null, null);

    /// <summary>The key the machine must show: given, else known, else confirmed.</summary>
    /// <param name="address">The machine.</param>
    /// <param name="proxy">The bastion on the way to it; through one, a key that is not known cannot be looked at.</param>
    /// <exception cref="EngineException">It is malformed, or nobody has confirmed it.</exception>
    public Task<HostKey> OfHostAsync(HostAddress address, HostAddress? proxy) => AnswerAsync(address, options.HostKey, options.HostKeyFile, proxy);

    private async Task<HostKey> AnswerAsync(HostAddress address, Option<string?> keyOption, Option<string?>? fileOption, HostAddress? proxy)
    {
        var (given, file) = (context.Parsed.GetValue(keyOption), fileOption is null ? null : context.Parsed.GetValue(fileOption));
        if (given is not null && file is not null)
            throw new EngineException("--host-key and --host-key-file each give the machine's key; give one of them.");
        if (given is not null)
            return HostKey.Read(given) ?? throw new EngineException($"{keyOption.Name}: \"{given}\" is not a public key; write it as in the machine's /etc/ssh/ssh_host_ed25519_key.pub: \"ssh-ed25519 AAAA…\".");
        if (file is not null)
            return HostKey.Read(ReadFile(file)) ?? throw new EngineException($"--host-key-file: {file} holds no public key; copy the machine's /etc/ssh/ssh_host_ed25519_key.pub.");
        if (await HostKeys.KnownAsync(address, context.Interrupts.Stopping) is { } known)
            return known;

        if (proxy is not null)
        {
            throw new EngineException(
                $"Nobody has vouched for {address}: known_hosts has no key of it, and behind {proxy} it cannot be asked for one without trusting it.\n"
                + $"Log in by hand once (ssh -J {proxy} {(address.Port == 22 ? "" : $"-p {address.Port} ")}{address.User}@{address.Host}), or give its key with {keyOption.Name}: it is its /etc/ssh/ssh_host_ed25519_key.pub.");
        }
        var shown = await HostKeys.ScanAsync(address, context.Interrupts.Stopping);
        var (console, compare) = (ConsoleWriter.StandardError, $"Compare on its own console: ssh-keygen -lf /etc/ssh/ssh_host_{Short(shown)}_key.pub");
        if (context.Parsed.GetValue(options.AcceptNewHostKey))
        {
            console.Line(console.In(ConsoleStyle.Changed, "warning: ") + $"{address} is trusted by the key it shows: {shown.Type} {shown.Fingerprint}\n  {compare}");
            return shown;
        }
        if (!Questions.CanAsk)
        {
            throw new EngineException(
                $"Nobody has vouched for {address}: known_hosts has no key of it. It shows {shown.Type} {shown.Fingerprint}.\n"
                + $"{compare}\nIf it is the same, say so with: {keyOption.Name} '{shown}'");
        }
        console.Line($"known_hosts has no key of {address}. It shows\n\n  {shown.Type} {console.In(ConsoleStyle.Strong, shown.Fingerprint)}\n\n{compare}");
        return Questions.Confirm("Is it the same?") ? shown : throw new EngineException("Nothing was read. Somebody else may answer at that address: find out before going on.");
    }

    private static string Short(HostKey key) => key.Type switch { "ssh-ed25519" => "ed25519", "ssh-rsa" => "rsa", _ => "ecdsa" };

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"--host-key-file: {file} cannot be read: {problem.Message}", problem);
        }
    }
}
