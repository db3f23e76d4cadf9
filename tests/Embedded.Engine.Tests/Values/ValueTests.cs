using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Values;

public sealed class ValueTests
{
    private static readonly WireOptions Everything = new(true, true, true);

    [Property(Arbitrary = [typeof(Values)])]
    public void What_is_written_to_the_wire_is_read_back(PropertyMap map) => Assert.Equal(map, WireValues.Read(WireValues.Write(map, Everything)));

    [Property(Arbitrary = [typeof(Values)])]
    public void What_is_written_to_the_state_is_read_back(PropertyMap map) => Assert.Equal(map, StateValues.FromPlainJson(StateValues.PlainJson(map)));

    [Property(Arbitrary = [typeof(Values)])]
    public void Equal_values_have_equal_hashes_and_no_difference(PropertyMap map)
    {
        var copy = (PropertyMap)StateValues.FromPlainJson(StateValues.PlainJson(map));
        Assert.Equal(map.GetHashCode(), copy.GetHashCode());
        if (!map.ContainsUnknowns)
            Assert.Empty(PropertyDiff.Between(map, copy));
    }

    [Property(Arbitrary = [typeof(Values)])]
    public void Without_secrets_nothing_is_secret_and_nothing_differs(PropertyMap map)
    {
        Assert.False(map.WithoutSecrets().ContainsSecrets);
        if (!map.ContainsUnknowns)
            Assert.Empty(PropertyDiff.Between(map, map.WithoutSecrets()));
    }

    [Fact]
    public void A_secret_is_never_shown()
    {
        var value = PropertyMap.Of(("a", PropertyValue.List(PropertyValue.Secret("s3cret"))));
        Assert.Equal("{a: [[secret]]}", value.ToString());
    }

    [Theory]
    [InlineData("a.b[0].c", "a.b[0].c")]
    [InlineData("a[\"b.c\"]", "a[\"b.c\"]")]
    [InlineData("[\"a\\\"b\"].c", "[\"a\\\"b\"].c")]
    [InlineData("triggers[*]", "triggers.*")]
    public void A_path_is_read_and_written(string text, string expected) => Assert.Equal(expected, PropertyPath.Parse(text).ToString());

    [Theory]
    [InlineData("a[0", "not closed")]
    [InlineData("a[\"b", "not closed")]
    [InlineData("a[b]", "neither a number")]
    public void A_broken_path_is_an_error(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => PropertyPath.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("triggers[*]", "triggers[3]", true)]
    [InlineData("triggers[*]", "triggers", false)]
    [InlineData("a", "a.b[2]", true)]
    [InlineData("a.b", "a.c", false)]
    [InlineData("*", "anything.at[0]", true)]
    public void A_place_contains_what_lies_within_it(string outer, string inner, bool contains) =>
        Assert.Equal(contains, PropertyPath.Parse(outer).Contains(PropertyPath.Parse(inner)));

    [Fact]
    public void Differences_are_named_at_their_innermost_place()
    {
        var old = PropertyMap.Of(("same", 1), ("gone", "x"), ("map", PropertyMap.Of(("k", "1"))), ("list", PropertyValue.List("a", "b")));
        var @new = PropertyMap.Of(("same", 1), ("new", true), ("map", PropertyMap.Of(("k", "2"))), ("list", PropertyValue.List("a", "b", "c")));
        Assert.Equal(
            ["Delete gone", "Add list[2]", "Update map.k", "Add new"],
            PropertyDiff.Between(old, @new).Select(d => $"{d.Kind} {d.Path}"));
    }

    [Theory]
    [InlineData("300000000000ns", 300.0)]
    [InlineData("1h15m30s", 4530.0)]
    [InlineData("1.5s", 1.5)]
    [InlineData("", null)]
    public void Durations_are_read_as_Go_writes_them(string text, double? seconds) => Assert.Equal(seconds, GoDuration.ParseSeconds(text));

    [Fact]
    public void A_wrong_duration_is_an_error() => Assert.Throws<FormatException>(() => GoDuration.ParseSeconds("10 minutes"));

    /// <summary>Maps of every kind of value, three deep.</summary>
    internal static class Values
    {
        public static Arbitrary<PropertyMap> Maps() => Map(3).ToArbitrary();

        private static Gen<PropertyMap> Map(int depth) =>
            from keys in Gen.Elements("a", "b", "c.d", "é").ListOf(3)
            from values in Value(depth).ListOf(3)
            select PropertyMap.Of(keys.Zip(values, KeyValuePair.Create));

        private static Gen<PropertyValue> Value(int depth)
        {
            var leaves = Gen.OneOf(
                ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => (PropertyValue)s.Get.Replace("\0", "", StringComparison.Ordinal).Normalize()).Where(v => IsText(v.AsString!)),
                ArbMap.Default.GeneratorFor<NormalFloat>().Select(f => (PropertyValue)f.Get),
                Gen.Elements<PropertyValue>(true, false, PropertyValue.Unknown, new PropertyResource("urn:pulumi:a::b::c::d", "id"), new PropertyResource("urn:pulumi:a::b::c::d", null),
                    new PropertyAsset(AssetSource.Text, "text"), new PropertyArchive(AssetSource.Path, "./dir", PropertyMap.Empty)));
            return depth == 0 ? leaves : Gen.OneOf(
                leaves, Map(depth - 1).Select(m => (PropertyValue)m), Value(depth - 1).Select(PropertyValue.Secret), Value(depth - 1).ListOf(2).Select(l => (PropertyValue)PropertyValue.List(l)));
        }

        // Half of a surrogate pair is no text that UTF-8 can carry.
        private static bool IsText(string text) => !text.Any(char.IsSurrogate);
    }
}
