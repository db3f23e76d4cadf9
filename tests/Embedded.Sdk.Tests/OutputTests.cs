using System.Collections.Immutable;
using System.Text.Json;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using Pulumi;
using Pulumi.Utilities;

namespace PassthroughInfra.Embedded.Sdk.Tests;

public sealed class OutputTests
{
    private static Output<T> Unknown<T>(T whatever) => OutputUtilities.CreateUnknown(whatever);

    [Fact]
    public async Task A_plain_value_is_known_and_not_secret()
    {
        var output = Output.Create(3);

        Assert.Equal(3, await OutputUtilities.GetValueAsync(output));
        Assert.True(await OutputUtilities.GetIsKnownAsync(output));
        Assert.False(await Output.IsSecretAsync(output));
    }

    [Fact]
    public async Task Every_kind_of_apply_gives_the_value_of_its_function()
    {
        var two = Output.Create(2);

        Assert.Equal(4, await OutputUtilities.GetValueAsync(two.Apply(value => value * 2)));
        Assert.Equal(5, await OutputUtilities.GetValueAsync(two.Apply(async value =>
        {
            await Task.Yield();
            return value + 3;
        })));
        Assert.Equal(6, await OutputUtilities.GetValueAsync(two.Apply(value => Output.Create(value * 3))));
        Assert.Equal(7, await OutputUtilities.GetValueAsync(two.Apply(value => (Input<int>)(value + 5))));
    }

    [Fact]
    public async Task An_apply_that_gives_no_output_gives_the_default()
    {
        var none = Output.Create("x").Apply(_ => (Output<string>?)null);

        Assert.Null(await OutputUtilities.GetValueAsync(none));
        Assert.True(await OutputUtilities.GetIsKnownAsync(none));
    }

    [Fact]
    public async Task Secrecy_passes_through_apply_from_either_side()
    {
        Assert.True(await Output.IsSecretAsync(Output.CreateSecret(1).Apply(value => value + 1)));
        Assert.True(await Output.IsSecretAsync(Output.Create(1).Apply(value => Output.CreateSecret(value))));
        Assert.False(await Output.IsSecretAsync(Output.Unsecret(Output.CreateSecret(1))));
        Assert.True(await Output.IsSecretAsync(Output.CreateSecret(Output.Create(1))));
    }

    [Fact]
    public async Task What_is_combined_is_secret_where_one_part_is()
    {
        Assert.True(await Output.IsSecretAsync(Output.All(Output.Create(1), Output.CreateSecret(2))));
        Assert.True(await Output.IsSecretAsync(Output.Tuple(Output.Create("a"), Output.CreateSecret(2))));
        Assert.True(await Output.IsSecretAsync(Output.Format($"{1} {Output.CreateSecret(2)}")));
        Assert.False(await Output.IsSecretAsync(Output.Format($"{1} {Output.Create(2)}")));
    }

    [Fact]
    public async Task What_is_combined_is_unknown_where_one_part_is()
    {
        Assert.False(await OutputUtilities.GetIsKnownAsync(Output.All(Output.Create(1), Unknown(2))));
        Assert.False(await OutputUtilities.GetIsKnownAsync(Output.Tuple(Output.Create(1), Unknown("x"), Output.Create(2.5))));
    }

    [Fact]
    public async Task A_format_resolves_inputs_and_outputs_in_its_holes()
    {
        Input<string> input = "in";

        Assert.Equal("a in 007 out {}", await OutputUtilities.GetValueAsync(Output.Format($"a {input} {Output.Create(7):000} {Output.Create("out")} {{}}")));
    }

    [Fact]
    public async Task A_tuple_holds_up_to_eight_values_in_order()
    {
        var tuple = Output.Tuple(
            Output.Create(1), Output.Create("2"), Output.Create(3.0), Output.Create(true),
            Output.Create(5), Output.Create("6"), Output.Create(7.0), Output.Create(false));

        Assert.Equal((1, "2", 3.0, true, 5, "6", 7.0, false), await OutputUtilities.GetValueAsync(tuple));
    }

    [Fact]
    public async Task All_keeps_the_order_of_values_that_arrive_out_of_order()
    {
        var late = new TaskCompletionSource<int>();
        var all = Output.All(Output.Create(late.Task), Output.Create(2));
        late.SetResult(1);

        Assert.True((await OutputUtilities.GetValueAsync(all)).SequenceEqual([1, 2]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apply_is_skipped_on_an_unknown_at_preview_and_in_an_update(bool preview)
    {
        var calls = 0;
        await new TestMocks().RunAsync(() => Unknown(0).Apply(_ => ++calls), preview);

        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task At_preview_what_comes_of_an_unknown_is_unknown_and_keeps_its_secrecy()
    {
        Output<int>? applied = null;
        await new TestMocks().RunAsync(() => applied = Output.CreateSecret(Unknown(1)).Apply(value => value), preview: true);

        Assert.False(await OutputUtilities.GetIsKnownAsync(applied!));
        Assert.True(await Output.IsSecretAsync(applied!));
    }

    [Fact]
    public async Task An_output_depends_on_the_resources_of_all_it_is_made_of()
    {
        Thing? first = null;
        Thing? second = null;
        Output<string>? both = null;
        await new TestMocks().RunAsync(() =>
        {
            (first, second) = (new Thing("first"), new Thing("second"));
            both = Output.Format($"{first.Needed}{second.Needed}").Apply(text => text);
        });

        var dependencies = await OutputUtilities.GetDependenciesAsync(both!);
        Assert.True(dependencies.SetEquals([first!, second!]));
    }

    [Fact]
    public async Task Json_resolves_outputs_inside_and_takes_on_their_secrecy()
    {
        var json = Output.JsonSerialize(Output.Create(new Dictionary<string, object>
        {
            ["plain"] = 1,
            ["output"] = Output.CreateSecret("s"),
        }));

        Assert.Equal("""{"plain":1,"output":"s"}""", await OutputUtilities.GetValueAsync(json));
        Assert.True(await Output.IsSecretAsync(json));
    }

    [Fact]
    public async Task Json_with_an_unknown_inside_is_unknown()
    {
        var json = Output.JsonSerialize(Output.Create(new Dictionary<string, Output<int>> { ["x"] = Unknown(1) }));

        Assert.False(await OutputUtilities.GetIsKnownAsync(json));
    }

    [Fact]
    public async Task Json_is_read_with_the_options_given()
    {
        var options = new JsonSerializerOptions { PropertyNameCaseInsensitive = true };

        var read = Output.JsonDeserialize<Dictionary<string, Output<int>>>(Output.CreateSecret("""{"a":1}"""), options);

        Assert.True(await Output.IsSecretAsync(read));
        Assert.True(await Output.IsSecretAsync((await OutputUtilities.GetValueAsync(read))["a"]));
    }

    [Fact]
    public void An_output_has_no_text_of_its_own()
    {
        Assert.StartsWith("Calling [ToString] on an [Output<T>] is not supported.", Output.Create("x").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_inputs_takes_values_outputs_and_lists()
    {
        InputList<string> list = new[] { "a" };
        list.Add(Output.Create("b"));
        list.AddRange(new List<string> { "c" });
        InputList<string> more = Output.Create(ImmutableArray.Create("d"));

        Assert.True((await OutputUtilities.GetValueAsync(list.Concat(more).ToOutput())).SequenceEqual(["a", "b", "c", "d"]));
        Assert.True((await OutputUtilities.GetValueAsync(list.ToOutput())).SequenceEqual(["a", "b", "c"]));
        var seen = new List<string>();
        await foreach (var input in list)
            seen.Add(await OutputUtilities.GetValueAsync(input.ToOutput()));
        Assert.Equal(["a", "b", "c"], seen);
    }

    [Fact]
    public void A_list_of_inputs_cannot_be_walked_at_once()
    {
        Assert.Throws<NotSupportedException>(() => ((System.Collections.IEnumerable)new InputList<int>()).GetEnumerator());
    }

    [Fact]
    public async Task A_map_of_inputs_is_merged_with_the_second_winning()
    {
        InputMap<int> first = new Dictionary<string, int> { ["a"] = 1, ["b"] = 1 };
        InputMap<int> second = [];
        second["b"] = Output.Create(2);
        second.Add("c", 3);

        var merged = await OutputUtilities.GetValueAsync(InputMap<int>.Merge(first, second).ToOutput());

        Assert.Equal(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 3 }, merged);
    }

    [Fact]
    public async Task A_name_twice_in_a_map_is_an_error()
    {
        InputMap<int> map = new Dictionary<string, int> { ["a"] = 1 };
        map.Add("a", 2);

        await Assert.ThrowsAsync<ArgumentException>(() => OutputUtilities.GetValueAsync((Output<ImmutableDictionary<string, int>>)map));
    }

    [Fact]
    public async Task The_urn_of_a_resource_is_made_of_its_parts()
    {
        Output<string>? own = null;
        Output<string>? child = null;
        await new TestMocks().RunAsync(() =>
        {
            own = Urn.Create("n", "a:b:C");
            child = Urn.Create("n", "a:b:C", parentUrn: "urn:pulumi:s::p::x:y:Z::parent");
        });

        Assert.Equal("urn:pulumi:stack::project::a:b:C::n", await OutputUtilities.GetValueAsync(own!));
        Assert.Equal("urn:pulumi:s::p::x:y:Z$a:b:C::n", await OutputUtilities.GetValueAsync(child!));
    }
}
