using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests;

public sealed class ValueTests
{
    [Property(MaxTest = 60)]
    public void A_quoted_value_reaches_the_shell_unchanged(NonNull<string> value)
    {
        var text = value.Get.Replace("\0", "", StringComparison.Ordinal).ReplaceLineEndings("\n");

        // What is no valid Unicode cannot be an argument at all.
        if (text.EnumerateRunes().Any(r => r == System.Text.Rune.ReplacementChar))
        {
            return;
        }

        using var shell = Process.Start(new ProcessStartInfo("sh") { ArgumentList = { "-c", $"printf '%s' {Shell.Quote(text)}" }, RedirectStandardOutput = true })!;
        Assert.Equal(text, shell.StandardOutput.ReadToEnd());
    }

    [Property]
    public bool A_remark_never_leaves_its_line(NonNull<string> value) => !Shell.OneLine(value.Get).Any(c => char.IsControl(c));

    [Property]
    public bool A_CPU_set_reads_what_it_writes(NonEmptyArray<PositiveInt> cpus)
    {
        var set = new CpuSet(cpus.Get.Select(c => c.Get % 512));
        return CpuSet.Parse(set.ToString()).Equals(set);
    }

    [Property]
    public bool A_PCI_address_reads_what_it_writes(int domain, byte bus, byte device, byte function)
    {
        var address = new PciAddress(domain & int.MaxValue, bus, device % 32, function % 8);
        return PciAddress.Parse(address.ToString()) == address && PciAddress.Parse(address.Brief) == address
            && System.Text.RegularExpressions.Regex.IsMatch(address.ToString(), PciAddress.Pattern);
    }

    [Theory]
    [InlineData("10000:e1:00.0", 0x10000)]
    [InlineData("7FFFFFFF:e1:00.0", int.MaxValue)]
    [InlineData("ffff:e1:00.0", 0xffff)]
    [InlineData("e1:00.0", 0)]
    public void A_PCI_address_may_have_a_domain_wider_than_four_digits(string text, int domain)
    {
        Assert.Equal(new PciAddress(domain, 0xe1, 0, 0), PciAddress.Parse(text));
        Assert.Equal(domain > 0xffff, PciAddress.Parse(text).IsBehindEmulatedBridge);
    }

    [Theory]
    [InlineData("000:e1:00.0")]
    [InlineData("80000000:e1:00.0")]
    [InlineData("100000000:e1:00.0")]
    public void A_PCI_address_with_a_domain_that_no_kernel_makes_is_refused(string text)
    {
        Assert.False(PciAddress.TryRead(text, out _));
        Assert.DoesNotMatch(PciAddress.Pattern, text);
    }

    [Property]
    public bool A_choice_of_CPUs_reads_what_it_writes(PositiveInt[] cpus)
    {
        var choice = cpus.Length == 0 ? CpuChoice.Auto : CpuChoice.Of(new(cpus.Select(c => c.Get % 512)));
        return CpuChoice.TryRead(choice.ToString(), out var read) && Equals(read.Cpus, choice.Cpus);
    }

    [Property]
    public bool A_MAC_address_reads_what_it_writes_and_only_unicast_ones_are_read(byte a, byte b, byte c, byte d, byte e, byte f)
    {
        var text = string.Join(':', new[] { a, b, c, d, e, f }.Select(o => $"{o:x2}"));
        var unicast = a % 2 == 0;
        return MacAddress.TryRead(text.ToUpperInvariant(), out var mac) == unicast
            && (!unicast || (mac.ToString() == text && MacAddress.TryRead(mac.ToString(), out var again) && again == mac));
    }

    [Property]
    public bool A_text_that_is_no_value_is_refused_and_never_thrown_at(NonNull<string> text)
    {
        // The pattern of the schema and the reader must agree on what is valid.
        static bool Agree<T>(string text)
            where T : ITextValue<T> => !T.TryRead(text, out _) || System.Text.RegularExpressions.Regex.IsMatch(text, T.Pattern);
        return Agree<CpuSet>(text.Get) && Agree<CpuChoice>(text.Get) && Agree<PciAddress>(text.Get) && Agree<PciId>(text.Get) && Agree<MemorySize>(text.Get) && Agree<MacAddress>(text.Get);
    }

    [Property]
    public bool A_memory_size_reads_what_it_writes(PositiveInt kib) =>
        MemorySize.Parse(MemorySize.FromKiB(kib.Get).ToString()) == MemorySize.FromKiB(kib.Get);

    [Theory]
    [InlineData("12GiB", 12L << 30)]
    [InlineData("2M", 2L << 20)]
    [InlineData("512 MiB", 512L << 20)]
    public void A_memory_size_has_binary_units(string text, long bytes) => Assert.Equal(bytes, MemorySize.Parse(text).Bytes);

    [Theory]
    [InlineData("12GB")]
    [InlineData("12")]
    [InlineData("9999999999999T")]
    [InlineData("-1M")]
    public void A_memory_size_without_a_binary_unit_is_refused(string text) => Assert.False(MemorySize.TryRead(text, out _));
}
