namespace PassthroughInfra.Engine.Providers;

/// <summary>The providers there are, by package.</summary>
public sealed class ProviderRegistry
{
    private readonly Dictionary<string, IProviderFactory> factories;

    public ProviderRegistry(params IEnumerable<IProviderFactory> factories) =>
        this.factories = factories.ToDictionary(f => f.Package, StringComparer.Ordinal);

    /// <summary>The packages there are, in order.</summary>
    public IEnumerable<string> Packages => factories.Keys.Order(StringComparer.Ordinal);

    /// <summary>The factory of a package.</summary>
    /// <exception cref="ProviderException">There is none.</exception>
    public IProviderFactory this[string package] => factories.TryGetValue(package, out var factory) ? factory : throw new ProviderException(
        $"There is no provider for the package '{package}' here; the embedded engine has {string.Join(", ", Packages)}. Use the pulumi CLI for other packages.");
}
