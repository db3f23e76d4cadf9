using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Fills in the hashes by which assets are compared.</summary>
internal static class AssetHashes
{
    /// <exception cref="EngineException">A file cannot be read.</exception>
    public static PropertyMap Fill(PropertyMap inputs, string directory) => (PropertyMap)Fill((PropertyValue)inputs, directory);

    private static PropertyValue Fill(PropertyValue value, string directory)
    {
        switch (value)
        {
            case PropertyAsset { Hash: "" } asset:
                try
                {
                    return asset.Hashed(directory);
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    throw new EngineException($"The asset '{asset.Content}' cannot be read: {problem.Message}", problem);
                }
            case PropertyList list:
                return new PropertyList([.. list.Select(i => Fill(i, directory))]);
            case PropertyMap map:
                return map.Select((_, v) => Fill(v, directory));
            case PropertySecret secret:
                return PropertyValue.Secret(Fill(secret.Value, directory));
            case PropertyArchive archive:
                return archive with { Assets = (PropertyMap)Fill((PropertyValue)archive.Assets, directory) };
            default:
                return value;
        }
    }
}
