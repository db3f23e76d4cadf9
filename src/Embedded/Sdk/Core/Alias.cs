using Protocol = PassthroughInfra.Protocol;

namespace Pulumi;

/// <summary>A name a resource had before: a whole URN, or those parts of it that were different.</summary>
public sealed class Alias
{
    /// <summary>The whole URN; nothing else may be given with it.</summary>
    public string? Urn { get; set; }

    public Input<string>? Name { get; set; }

    public Input<string>? Type { get; set; }

    public Input<string>? Stack { get; set; }

    public Input<string>? Project { get; set; }

    /// <summary>The parent it had; at most one of this, <see cref="ParentUrn"/> and <see cref="NoParent"/>.</summary>
    public Resource? Parent { get; set; }

    public Input<string>? ParentUrn { get; set; }

    /// <summary>It had no parent but the stack.</summary>
    public bool NoParent { get; set; }

    internal async Task<Protocol.Alias> ToProtocolAsync()
    {
        if (Urn is not null)
            return new Protocol.Alias { Urn = Urn };

        var spec = new Protocol.Alias.Types.Spec
        {
            Name = await ResolveAsync(Name).ConfigureAwait(false),
            Type = await ResolveAsync(Type).ConfigureAwait(false),
            Stack = await ResolveAsync(Stack).ConfigureAwait(false),
            Project = await ResolveAsync(Project).ConfigureAwait(false),
        };
        var parentUrn = Parent is not null
            ? await Parent.Urn.ValueOrAsync("").ConfigureAwait(false)
            : await ResolveAsync(ParentUrn).ConfigureAwait(false);
        if (parentUrn.Length > 0)
            spec.ParentUrn = parentUrn;
        else
            spec.NoParent = NoParent;
        return new Protocol.Alias { Spec = spec };
    }

    /// <summary>The URN that this alias means for a resource, for an engine that knows no parts.</summary>
    /// <exception cref="ArgumentException">Parts are given that exclude each other.</exception>
    internal Output<string> ToUrn(string name, string type, Resource? parent)
    {
        if (Urn is not null)
        {
            Reject(nameof(Name), Name);
            Reject(nameof(Type), Type);
            Reject(nameof(Project), Project);
            Reject(nameof(Stack), Stack);
            Reject(nameof(Parent), Parent);
            Reject(nameof(ParentUrn), ParentUrn);
            Reject(nameof(NoParent), NoParent ? this : null);
            return Output.Create(Urn);
        }

        var parents = (Parent is null ? 0 : 1) + (ParentUrn is null ? 0 : 1) + (NoParent ? 1 : 0);
        if (parents > 1)
        {
            throw new ArgumentException(
                $"Only specify one of '{nameof(Parent)}', '{nameof(ParentUrn)}' or '{nameof(NoParent)}' in an {nameof(Alias)}");
        }

        return Pulumi.Urn.Create(
            Name ?? name, Type ?? type, Parent ?? (parents == 0 ? parent : null), ParentUrn, Project, Stack);
    }

    private static void Reject(string part, object? value)
    {
        if (value is not null)
            throw new ArgumentException($"{nameof(Alias)} should not specify both {nameof(Urn)} and {part}");
    }

    private static async Task<string> ResolveAsync(Input<string>? input) =>
        input is null ? "" : await input.ToOutput().ValueOrAsync("").ConfigureAwait(false) ?? "";
}
