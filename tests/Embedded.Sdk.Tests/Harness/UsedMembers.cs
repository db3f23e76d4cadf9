using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;

namespace PassthroughInfra.Embedded.Sdk.Tests.Harness;

/// <summary>What a built assembly uses of the Pulumi SDK, from the references that the compiler has written into it.</summary>
public static class UsedMembers
{
    private static readonly HashSet<string> s_sdks = new(StringComparer.Ordinal)
    {
        typeof(Pulumi.Resource).Assembly.GetName().Name!, "Pulumi", "Pulumi.Command", "Pulumi.Libvirt",
    };

    // What a reference says within generic code is filled in with anything: its definition is asked for in the end.
    private static readonly Type[] s_anything = [.. Enumerable.Repeat(typeof(object), 16)];

    /// <summary>The used types and members as lines of the surface.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="others">Assemblies beside which what it references is looked for too: a library has not its packages beside it, a program has.</param>
    public static IReadOnlyCollection<string> Of(string path, IEnumerable<string> others)
    {
        // It stays: the SDK looks through all that is loaded, and could not read what is about to be unloaded.
        var context = new AssemblyLoadContext(path);
        context.Resolving += (into, name) => others.Prepend(path).Select(beside => Path.Combine(Path.GetDirectoryName(beside)!, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } found
            ? into.LoadFromAssemblyPath(found)
            : null;
        var module = context.LoadFromAssemblyPath(path).ManifestModule;
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        // Others are not resolved: their assemblies need not be here.
        var types = reader.TypeReferences.Where(t => IsOfSdk(reader, t)).Select(t => (MemberInfo)module.ResolveType(MetadataTokens.GetToken(t)));
        var members = reader.MemberReferences.Where(m => IsOfSdk(reader, reader.GetMemberReference(m).Parent)).Select(m => Resolve(module, MetadataTokens.GetToken(m)));
        return types.Concat(members).Select(PublicSurface.LineOf).ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsOfSdk(MetadataReader reader, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.AssemblyReference => s_sdks.Contains(reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)handle).Name)),
        // A nested type's scope is the type it is nested in.
        HandleKind.TypeReference => IsOfSdk(reader, reader.GetTypeReference((TypeReferenceHandle)handle).ResolutionScope),
        HandleKind.TypeSpecification => IsGenericOfSdk(reader, reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)handle).Signature)),
        _ => false,
    };

    /// <summary>Whether a type's signature is that of a generic type of the SDK: ECMA-335, II.23.2.14.</summary>
    private static bool IsGenericOfSdk(MetadataReader reader, BlobReader signature)
    {
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return false;
        signature.ReadSignatureTypeCode();
        return IsOfSdk(reader, signature.ReadTypeHandle());
    }

    /// <summary>The member as it is defined.</summary>
    private static MemberInfo Resolve(Module module, int token)
    {
        var member = module.ResolveMember(token, s_anything, s_anything)!;
        return member.Module.ResolveMember(member.MetadataToken)!;
    }
}
