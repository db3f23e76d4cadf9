using System.Reflection;

namespace PassthroughInfra.Component.Values;

/// <summary>The shell scripts of the source tree, which travel in the assembly.</summary>
internal static class EmbeddedScript
{
    /// <summary>The text of one.</summary>
    /// <param name="name">Its file's name, without a directory: <c>host.sh</c>.</param>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
