using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Tests.Projects;

public sealed class YamlBoundsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void An_alias_within_what_it_stands_for_is_refused() => Assert.Contains("has no end", Refusal("a: &a\n  - 1\n  - *a\n"), StringComparison.Ordinal);

    [Fact]
    public void Aliases_of_aliases_that_multiply_are_refused()
    {
        var bomb = string.Concat(Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n"));
        Assert.Contains("more than 100000 values", Refusal("l0: &l0 [x, x]\n" + bomb), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: ", "[", "]")]
    [InlineData("a: ", "{x: ", "}")]
    public void What_is_nested_without_end_is_refused(string before, string opening, string closing)
    {
        var text = before + string.Concat(Enumerable.Repeat(opening, 5000)) + string.Concat(Enumerable.Repeat(closing, 5000));
        Assert.Contains("nested deeper than 60 levels", Refusal(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_cannot_hide_how_deep_a_value_is()
    {
        var chain = string.Concat(Enumerable.Range(1, 200).Select(i => $"l{i}: &l{i} [*l{i - 1}]\n"));
        Assert.Contains("nested deeper", Refusal("l0: &l0 [x]\n" + chain), StringComparison.Ordinal);
    }

    [Fact]
    public void An_alias_that_is_used_as_one_is_taken()
    {
        File.WriteAllText(file, "base: &base {x: 1}\none: *base\ntwo: [*base, *base]\n");
        Assert.Equal(3, Yaml.Load(file).Children.Count);
    }

    private string Refusal(string text)
    {
        File.WriteAllText(file, text);
        var problem = Assert.Throws<EngineException>(() => Yaml.Load(file));
        Assert.Contains("line ", problem.Message, StringComparison.Ordinal);
        return problem.Message;
    }
}
