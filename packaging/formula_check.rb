# Reads the formula ARGV[0] as Homebrew would, on each system and processor, and holds the archive that
# it names to the sums in ARGV[1].

class Formula
  class << self
    attr_reader :archive, :sum, :fields

    def read(system, processor)
      @here = [system, processor]
      @fields = {}
    end

    %i[desc homepage version license].each do |name|
      define_method(name) { |value| @fields[name] = value }
    end

    def url(value) = @archive = value

    def sha256(value) = @sum = value

    %i[macos linux arm intel].each do |place|
      define_method(:"on_#{place}") { |&block| block.call if @here.include?(place) }
    end

    # What is installed, and tried, there.
    def service(&block) = @service = block

    def test(&block) = @test = block

    def is_whole? = @service && @test && method_defined?(:install) && fields.length == 4
  end
end

sums = File.readlines(ARGV[1]).to_h { |line| line.split.reverse }
{ macos: "apple-darwin", linux: "unknown-linux-musl" }.each do |system, suffix|
  { arm: "aarch64", intel: "x86_64" }.each do |processor, name|
    Object.send(:remove_const, :Tradeforge) if defined?(Tradeforge)
    Formula.singleton_class.send(:define_method, :inherited) { |made| made.read(system, processor) }
    load ARGV[0]
    archive = "tradeforge-#{name}-#{suffix}.tar.gz"
    abort "#{system}: #{Tradeforge.archive}" if File.basename(Tradeforge.archive) != archive
    abort "#{archive}: #{Tradeforge.sum}" if sums.fetch(archive) != Tradeforge.sum
    abort "something is missing" unless Tradeforge.is_whole?
  end
end
puts "formula: four archives, each with its sum"
