using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// What a planner decided from facts. The receipt keeps it, so that a host which has changed by itself (a kernel was installed) is told from a spec that was
/// changed and from a change that somebody made.
/// </summary>
/// <param name="Name">What each of its items is: <c>kernel</c>.</param>
/// <param name="Given">What the spec says of it, as a digest: where that has changed, the choice is the spec's.</param>
/// <param name="Value">The items, separated by spaces.</param>
public sealed record Choice(string Name, string Given, string Value)
{
    /// <summary>What is said of an item that was not chosen before: <c>was installed</c>.</summary>
    public required string Came { get; init; }

    /// <summary>What is said of an item that is chosen no more: <c>was removed</c>.</summary>
    public required string Went { get; init; }

    /// <summary>If there is one item and another takes its place: how an item is written for people. Else null.</summary>
    public Func<string, string>? Spoken { get; init; }

    /// <summary>A choice.</summary>
    /// <param name="name">What each of its items is.</param>
    /// <param name="given">The parts of the spec it is made from.</param>
    /// <param name="items">The items; a space within one is taken for a hyphen.</param>
    /// <param name="came">What is said of an item that was not chosen before.</param>
    /// <param name="went">What is said of an item that is chosen no more.</param>
    internal static Choice Of(string name, object? given, IEnumerable<string> items, string came, string went) =>
        new(name, Digest(JsonSerializer.Serialize(given, SpecReader.Json)), string.Join(' ', items.Select(i => i.Replace(' ', '-')))) { Came = came, Went = went };

    /// <summary>What has changed since, in words.</summary>
    /// <param name="before">Its value in the receipt.</param>
    internal IEnumerable<string> Changes(string before)
    {
        if (Spoken is not null)
        {
            return [$"{Name}: {Spoken(before)} -> {Spoken(Value)}"];
        }

        var (then, now) = (Items(before), Items(Value));
        return [.. now.Except(then).Select(i => $"{Name} {i} {Came}"), .. then.Except(now).Select(i => $"{Name} {i} {Went}")];
    }

    private static string[] Items(string value) => value.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
