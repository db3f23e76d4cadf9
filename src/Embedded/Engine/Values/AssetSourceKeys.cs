namespace PassthroughInfra.Engine.Values;

internal static class AssetSourceKeys
{
    extension(AssetSource source)
    {
        /// <summary>The key under which the protocol and the state write this source.</summary>
        public string Key => source switch
        {
            AssetSource.Text => "text",
            AssetSource.Path => "path",
            _ => "uri",
        };
    }
}
