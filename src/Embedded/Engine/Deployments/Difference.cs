using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>What has to be done about a resource that the state has.</summary>
/// <param name="Changes">What differs, by place.</param>
/// <param name="ReplaceKeys">The places that call for a replacement; empty means in place.</param>
/// <param name="DeleteBeforeReplace">Whether a replacement deletes first.</param>
internal sealed record Difference(bool HasChanges, ImmutableArray<PropertyDiff> Changes, ImmutableArray<PropertyPath> ReplaceKeys, bool DeleteBeforeReplace)
{
    public static Difference None { get; } = new(false, [], [], false);

    public bool IsReplace => !ReplaceKeys.IsEmpty;

    /// <summary>A replacement that one place alone calls for.</summary>
    public static Difference ReplaceFor(string key) => new(true, [], [PropertyPath.Root.Append(key)], false);
}
