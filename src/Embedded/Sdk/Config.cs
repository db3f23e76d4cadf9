using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Pulumi.Runtime;

namespace Pulumi;

/// <summary>The configuration of the stack under one namespace, by default the project's.</summary>
public sealed partial class Config
{
    private const string OldSuffix = ":config";

    private readonly string _name;

    /// <param name="name">The namespace; null is the name of the project.</param>
    public Config(string? name = null)
    {
        name ??= Deployment.Instance.ProjectName;
        _name = name.EndsWith(OldSuffix, StringComparison.Ordinal) ? name[..^OldSuffix.Length] : name;
    }

    public string? Get(string key) => DeploymentContext.Current.Configuration.Get(FullKey(key));

    public Output<string>? GetSecret(string key) => Get(key) is { } value ? Output.CreateSecret(value) : null;

    /// <exception cref="RunException">The value is neither <c>true</c> nor <c>false</c>.</exception>
    public bool? GetBoolean(string key) => Get(key) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var value => throw WrongType(key, value, nameof(Boolean)),
    };

    public Output<bool>? GetSecretBoolean(string key) => SecretOf(GetBoolean(key));

    /// <exception cref="RunException">The value is not a whole number of 32 bits.</exception>
    public int? GetInt32(string key)
    {
        if (Get(key) is not { } value)
            return null;
        return int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw WrongType(key, value, nameof(Int32));
    }

    public Output<int>? GetSecretInt32(string key) => SecretOf(GetInt32(key));

    /// <exception cref="RunException">The value is not a number.</exception>
    public double? GetDouble(string key)
    {
        if (Get(key) is not { } value)
            return null;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw WrongType(key, value, nameof(Double));
    }

    public Output<double>? GetSecretDouble(string key) => SecretOf(GetDouble(key));

    /// <summary>A structured value, read from JSON; the default of the type where there is none.</summary>
    /// <exception cref="RunException">The value is not JSON of that type.</exception>
    [return: MaybeNull]
    public T GetObject<T>(string key)
    {
        if (Get(key) is not { } value)
            return default;
        try
        {
            return JsonSerializer.Deserialize<T>(value);
        }
        catch (JsonException error)
        {
            throw WrongType(key, value, typeof(T).FullName!, error);
        }
    }

    public Output<T>? GetSecretObject<T>(string key) => Get(key) is null ? null : Output.CreateSecret(GetObject<T>(key)!);

    /// <exception cref="RunException">There is no value; the message says how to set it.</exception>
    public string Require(string key) => Get(key) ?? throw Missing(key);

    public Output<string> RequireSecret(string key) => Output.CreateSecret(Require(key));

    public bool RequireBoolean(string key) => GetBoolean(key) ?? throw Missing(key);

    public Output<bool> RequireSecretBoolean(string key) => Output.CreateSecret(RequireBoolean(key));

    public int RequireInt32(string key) => GetInt32(key) ?? throw Missing(key);

    public Output<int> RequireSecretInt32(string key) => Output.CreateSecret(RequireInt32(key));

    public double RequireDouble(string key) => GetDouble(key) ?? throw Missing(key);

    public Output<double> RequireSecretDouble(string key) => Output.CreateSecret(RequireDouble(key));

    public T RequireObject<T>(string key) => Get(key) is null ? throw Missing(key) : GetObject<T>(key)!;

    public Output<T> RequireSecretObject<T>(string key) => Output.CreateSecret(RequireObject<T>(key));

    private static Output<T>? SecretOf<T>(T? value)
        where T : struct => value is { } known ? Output.CreateSecret(known) : null;

    private string FullKey(string key) => $"{_name}:{key}";

    private ConfigTypeException WrongType(string key, string value, string expected, Exception? inner = null) =>
        new(FullKey(key), value, expected, inner);

    private ConfigMissingException Missing(string key) => new(FullKey(key));

    private sealed class ConfigTypeException(string key, string value, string expected, Exception? inner)
        : RunException($"Configuration '{key}' value '{value}' is not a valid {expected}", inner);

    private sealed class ConfigMissingException(string key)
        : RunException(
            $"Missing Required configuration variable '{key}'\n\tplease set a value using the command `pulumi config set {key} <value>`");
}
